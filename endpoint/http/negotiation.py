"""Content negotiation (RFC 9110, section 12.5.1) for the formats of answers; a ``format`` parameter replaces it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header

from endpoint.http.memoize import memoize
from endpoint.http.problems import Problem
from graph.sparql import formats
from graph.sparql.formats import Format, GraphFormat, SolutionsFormat

# Each media range costs time for each format that there is.
_LONGEST: Final = 4_000


HTML: Final = Format("HTML", "text/html", "html", names=("html",))

_Offered = TypeVar("_Offered", bound=Format)
_Format_co = TypeVar("_Format_co", bound=Format, covariant=True)


@dataclass(frozen=True)
class NegotiatedFormat(Generic[_Format_co]):
    """A format to write, and the media type to announce it by: the one that the client accepts."""

    format: _Format_co
    media_type: str

    @property
    def content_type(self) -> str:
        """The value of the ``Content-Type`` header."""
        return f"{self.media_type}; charset=utf-8" if self.media_type.startswith("text/") else self.media_type


Formats = tuple[NegotiatedFormat[SolutionsFormat] | None, NegotiatedFormat[GraphFormat] | None]
"""The formats for SELECT and ASK, and for CONSTRUCT and DESCRIBE; ``None`` where the client accepts none."""


def negotiate(accept: str | None, format_values: Sequence[str] = ()) -> Formats:
    """Return the formats for a request with the header ``accept`` and the values of its ``format`` parameter.

    The parameter, where given, wins over the header. Raises ``Problem`` when it names no known format.
    """
    wanted = _names(format_values)
    if wanted and not _names_page(wanted):
        return _named(wanted)
    return _of_header(accept)


def prefers_page(accept: str | None, format_values: Sequence[str] = ()) -> bool:
    """Whether a request is for a page to read: by its ``format`` parameter, or by a header that prefers HTML to data.

    A range with a star, as programs send it, is none for HTML.
    """
    wanted = _names(format_values)
    return _names_page(wanted) if wanted else _accepts_page(accept or "")


@memoize(256, longest=500)
def _accepts_page(accept: str) -> bool:
    if HTML.media_type not in accept.lower():
        return False
    found = best(accept, (*formats.SOLUTIONS, *formats.GRAPHS, HTML))
    return found is not None and found.format is HTML


def _names_page(wanted: list[str]) -> bool:
    return bool(wanted) and wanted[0] in {*HTML.names, HTML.media_type}


def _names(format_values: Sequence[str]) -> list[str]:
    return [name for value in format_values for name in _split(value)]


@memoize(256, longest=500)
def _of_header(accept: str | None) -> Formats:
    return best(accept, formats.SOLUTIONS), best(accept, formats.GRAPHS)


def best(accept: str | None, offered: Sequence[_Offered]) -> NegotiatedFormat[_Offered] | None:
    """Return the offered format that ``accept`` prefers, the earlier one of equals; the first without a header.

    A range with a star stands for each format's own media type only, not for its other media types.
    Raises ``Problem`` for a header that is too long to be read.
    """
    if not accept or not accept.strip():
        return NegotiatedFormat(offered[0], offered[0].media_type)
    if len(accept) > _LONGEST:
        raise Problem("headers-too-large", f"the header Accept has more than {_LONGEST} characters")
    accepted = _accepted(accept)
    named = {media_range.lower() for media_range, _ in accepted}
    rated = [
        (accepted.quality(media_type), -rank, NegotiatedFormat(one, media_type))
        for rank, one in enumerate(offered)
        for media_type in one.media_types
        if media_type == one.media_type or media_type in named
    ]
    quality, _, choice = max(rated, key=lambda entry: entry[:2])
    return choice if quality > 0 else None


def _accepted(accept: str) -> MIMEAccept:
    """Parse the header, leaving out parameters of media types: none of the formats has variants."""
    ranges = parse_accept_header(accept, MIMEAccept)
    return MIMEAccept([(media_range.partition(";")[0].strip(), quality) for media_range, quality in ranges])


def _split(value: str) -> list[str]:
    """Return the names in a ``format`` parameter, without the one by which forms leave the choice to the server."""
    return [name for part in value.split(",") if (name := part.strip().lower()) not in {"", "auto"}]


def _named(wanted: list[str]) -> Formats:
    solutions, graph = _first_named(wanted, formats.SOLUTIONS), _first_named(wanted, formats.GRAPHS)
    if solutions is None and graph is None:
        known = sorted({name for one in (*formats.SOLUTIONS, *formats.GRAPHS) for name in one.names})
        raise Problem("format-unknown", f"unknown format '{wanted[0][:40]}'; the formats are {', '.join(known)}")
    return solutions, graph


def _first_named(wanted: list[str], offered: Sequence[_Offered]) -> NegotiatedFormat[_Offered] | None:
    named = (one for name in wanted for one in offered if name in one.names or name in one.media_types)
    found = next(named, None)
    return NegotiatedFormat(found, found.media_type) if found else None

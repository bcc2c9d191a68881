"""Content codings (RFC 9110, section 8.4.1): which one a client gets, and the coded bytes."""

import zlib
from collections.abc import Callable
from typing import Final

import brotli
import zstandard

from endpoint.http.memoize import memoize
from graph.sparql import formats

IDENTITY: Final = "identity"

# Levels at which an answer of a megabyte takes some ten milliseconds; the sizes hardly differ beyond them.
_ZSTD_LEVEL: Final = 6
_BROTLI_QUALITY: Final = 5
_GZIP_LEVEL: Final = 6
_GZIP_WINDOW: Final = 31
_TEXTS: Final = ("text/",)
_TEXT_LIKE: Final = frozenset({"application/javascript", "application/json", "application/xml"}).union(
    *(one.media_types for one in (*formats.SOLUTIONS, *formats.GRAPHS))
)
_TEXT_SUFFIXES: Final = ("+json", "+xml", "+yaml")


def _zstd(content: bytes) -> bytes:
    return zstandard.ZstdCompressor(level=_ZSTD_LEVEL).compress(content)


def _brotli(content: bytes) -> bytes:
    coded: bytes = brotli.compress(content, quality=_BROTLI_QUALITY)
    return coded


def _gzip(content: bytes) -> bytes:
    coder = zlib.compressobj(_GZIP_LEVEL, zlib.DEFLATED, _GZIP_WINDOW)
    return coder.compress(content) + coder.flush()


# The first of equals is taken: the one that costs least.
_CODERS: Final[dict[str, Callable[[bytes], bytes]]] = {"zstd": _zstd, "br": _brotli, "gzip": _gzip}
CODINGS: Final = tuple(_CODERS)
_ALIASES: Final = {"x-gzip": "gzip"}


def encode(content: bytes, coding: str) -> bytes:
    """Return ``content`` in one of :data:`CODINGS`, or as it is for ``identity``."""
    return content if coding == IDENTITY else _CODERS[coding](content)


def is_text(content_type: str) -> bool:
    """Whether what is of this type gets smaller by compression."""
    media_type = content_type.partition(";")[0].strip().lower()
    return media_type.startswith(_TEXTS) or media_type in _TEXT_LIKE or media_type.endswith(_TEXT_SUFFIXES)


def negotiate(accept_encoding: str | None, *, worthwhile: bool) -> str | None:
    """Return the coding that a client wants most, or ``None`` when it accepts none (RFC 9110, section 12.5.3).

    What is not ``worthwhile`` to compress is left as it is, unless the client does not accept that.
    """
    if accept_encoding is None:
        return IDENTITY
    return _negotiate(accept_encoding, worthwhile)


@memoize(256, longest=200)
def _negotiate(accept_encoding: str, worthwhile: bool) -> str | None:
    accepted = _accepted(accept_encoding)
    others = accepted.get("*")
    plain = accepted.get(IDENTITY, 1.0 if others is None else others)
    if not worthwhile and plain > 0:
        return IDENTITY
    weights = {coding: accepted.get(coding, others or 0.0) for coding in CODINGS}
    best = max(CODINGS, key=weights.__getitem__)
    # Identity is acceptable when the header does not name it, but another coding is preferred.
    wanted = accepted.get(IDENTITY, 0.0)
    if weights[best] > 0 and weights[best] >= wanted:
        return best
    return IDENTITY if plain > 0 else None


def _accepted(header: str) -> dict[str, float]:
    accepted = {}
    for part in header.split(","):
        name, *parameters = (one.strip().lower() for one in part.split(";"))
        if name:
            accepted[_ALIASES.get(name, name)] = _weight(parameters)
    return accepted


def _weight(parameters: list[str]) -> float:
    """Return the weight among ``parameters``; one that is none, such as ``q=high``, leaves the coding out."""
    written = next((one[2:] for one in parameters if one.startswith("q=")), "1")
    try:
        weight = float(written)
    except ValueError:
        return 0.0
    return weight if 0 <= weight <= 1 else 0.0

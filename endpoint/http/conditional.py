"""Conditional requests (RFC 9110, section 13): whether a client has the current representation."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final, Protocol

from werkzeug.http import parse_date

_TAG: Final = re.compile(r'\s*,*\s*(?P<weak>W/)?(?P<tag>"[\x21\x23-\x7e\x80-\xff]*")\s*(?:,|$)')
_NOT_MODIFIED: Final = 304
_PRECONDITION_FAILED: Final = 412


class Headers(Protocol):
    """The headers of a request."""

    def get(self, key: str, /) -> str | None:
        """Return the first value of a header."""

    def get_all(self, key: str, /) -> Sequence[str]:
        """Return all values of a header."""

    def __contains__(self, key: str, /) -> bool:
        """Whether there is a header of this name."""


def status(headers: Headers, tag: str | None, tags: Sequence[str], modified: int | None) -> int | None:
    """Return 304 or 412 when that is the answer to a GET or HEAD request, in the order of section 13.2.2.

    ``tag`` is the entity tag of what would be sent, ``tags`` those of all forms of it, ``modified`` the time of its
    ``Last-Modified`` in seconds.
    """
    must_match = _joined(headers, "if-match")
    if must_match is not None and not (tag and _names_one(must_match, tags, weak=False)):
        return _PRECONDITION_FAILED
    if must_match is None and _is_later(modified, headers.get("if-unmodified-since"), otherwise=False):
        return _PRECONDITION_FAILED
    known = _joined(headers, "if-none-match")
    if known is not None:
        # Most clients send back what they got.
        return _NOT_MODIFIED if tag and (known == tag or _names_one(known, [tag], weak=True)) else None
    if headers.get("if-modified-since") is None or modified is None:
        return None
    return None if _is_later(modified, headers.get("if-modified-since"), otherwise=True) else _NOT_MODIFIED


def _joined(headers: Headers, name: str) -> str | None:
    values = headers.get_all(name) if name in headers else None
    return ", ".join(values) if values else None


def _names_one(listed: str, tags: Sequence[str], *, weak: bool) -> bool:
    """Whether a list of entity tags has one of ``tags``, by the weak or the strong comparison of section 8.8.3.2."""
    if listed.strip() == "*":
        return bool(tags)
    opaque = {tag.removeprefix("W/") for tag in tags if weak or not tag.startswith("W/")}
    position = 0
    while match := _TAG.match(listed, position):
        if match["tag"] in opaque and (weak or not match["weak"]):
            return True
        position = match.end()
    return False


def _is_later(modified: int | None, date: str | None, *, otherwise: bool) -> bool:
    """Whether something was ``modified`` after a date; ``otherwise`` for what is no date, which is to be ignored."""
    since = _parse_date(date)
    return otherwise if modified is None or since is None else modified > since.timestamp()


def _parse_date(text: str | None) -> datetime | None:
    """Return an HTTP date, or ``None`` for an invalid one; Werkzeug does not expect numbers beyond those of C."""
    try:
        return parse_date(text)
    except OverflowError:
        return None

"""Responses: whole, with validators and encoded representations, or as a file."""

import functools
import time
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from werkzeug.http import http_date, parse_date

from endpoint.http import compression
from endpoint.http.compression import IDENTITY
from endpoint.http.headers import HeaderList

# Memory that a response takes beside its bodies: headers, keys, and the objects that hold them.
_OVERHEAD: Final = 2_000
# Headers of the content, which a response without content leaves out.
CONTENT_HEADERS: Final = frozenset({"content-type", "content-encoding", "content-language", "content-length"})


class Representation(NamedTuple):
    """A response in one content coding, ready to be sent; its headers are not to be changed.

    ``not_modified`` are the headers of a 304 (RFC 9110, section 15.4.5). ``modified`` is the time of ``Last-Modified``
    in seconds, ``None`` while it lies in the future.
    """

    headers: HeaderList
    not_modified: HeaderList
    body: bytes
    tag: str | None
    modified: int | None


@dataclass
class Response:
    """A whole response; the names of its headers are in lower case.

    ``tag`` is the entity tag without a coding, ``modified`` the time of ``Last-Modified`` in seconds; ``headers`` hold
    neither these nor ``content-encoding`` once the response is prepared for clients. It is compressed when the client
    prefers that and the content is text of at least ``threshold`` bytes, unless it is ``fixed``. ``cacheable`` says
    that equal requests on the same version may get it.
    """

    status: int
    headers: HeaderList
    body: bytes
    tag: str | None = None
    modified: int | None = None
    threshold: int = 0
    fixed: bool = False
    cacheable: bool = False
    _bodies: dict[str, bytes] = field(default_factory=dict)
    _representations: dict[str, Representation] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._bodies[IDENTITY] = self.body
        self._is_text = compression.is_text(value_of(self.headers, "content-type") or "")

    @property
    def size(self) -> int:
        """How many bytes of memory it takes, encoded bodies included."""
        return _OVERHEAD + sum(map(len, tuple(self._bodies.values())))

    @functools.cached_property
    def tags(self) -> list[str]:
        """The entity tags of all representations; none when it has none."""
        return [tag_of(self.tag, coding) for coding in (IDENTITY, *compression.CODINGS)] if self.tag else []

    @property
    def is_text(self) -> bool:
        """Whether compression makes the content smaller."""
        return self._is_text

    def coding(self, accept_encoding: str | None) -> str | None:
        """Return the content coding for a client, or ``None`` when it accepts none of those available."""
        if self.fixed:
            return IDENTITY
        return compression.negotiate(accept_encoding, worthwhile=self._is_text and len(self.body) >= self.threshold)

    def has(self, coding: str) -> bool:
        """Whether the body was encoded with this coding."""
        return coding in self._bodies

    def encode(self, coding: str) -> None:
        """Encode the body, which may take a while."""
        self._bodies[coding] = compression.encode(self.body, coding)

    def encoded(self, coding: str) -> bytes:
        """Return the body in a coding that :meth:`has` confirms."""
        return self._bodies[coding]

    def representation(self, coding: str) -> Representation:
        """Return the response in a coding that :meth:`has` confirms."""
        representation = self._representations.get(coding)
        if representation is None:
            representation = self._represent(coding)
            if representation.modified == self.modified:
                self._representations[coding] = representation
        return representation

    def _represent(self, coding: str) -> Representation:
        headers = list(self.headers)
        if coding != IDENTITY:
            headers.append(("content-encoding", coding))
        tag = tag_of(self.tag, coding) if self.tag else None
        if tag is not None:
            headers.append(("etag", tag))
        modified = self.modified if self.modified is not None and self.modified <= time.time() else None
        if modified is not None:
            headers.append(("last-modified", http_date(modified)))
        return Representation(headers, without_content(headers), self.encoded(coding), tag, modified)


@dataclass(frozen=True)
class FileResponse:
    """A response whose body is a whole file."""

    status: int
    headers: HeaderList
    path: str


def without_content(headers: HeaderList) -> HeaderList:
    """Return the headers of a response that tells a client to use what it has."""
    return [(name, value) for name, value in headers if name not in CONTENT_HEADERS]


def tag_of(tag: str, coding: str) -> str:
    """Return the entity tag of the representation in a coding."""
    return tag if coding == IDENTITY else f'{tag[:-1]}-{coding}"'


def value_of(headers: HeaderList, name: str) -> str | None:
    """Return the first value of the header with this lower-case name."""
    return next((value for one, value in headers if one == name), None)


def last_modified(headers: HeaderList) -> int | None:
    """Return the time of ``Last-Modified`` in seconds, or ``None`` without a valid one."""
    date = parse_date(value_of(headers, "last-modified"))
    return int(date.timestamp()) if date else None

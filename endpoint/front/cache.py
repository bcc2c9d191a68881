"""Answers that are kept: whole, with validators and coded forms, up to a number of bytes, for one version only."""

import functools
import hashlib
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from endpoint.http import compression, conditional
from endpoint.http.compression import IDENTITY
from endpoint.http.headers import HeaderList, value_of
from endpoint.observability import metrics

Key = bytes

# What an answer takes besides its bodies: headers, keys, and the objects that hold them.
_OVERHEAD: Final = 2_000
# No answer may take the place of too many others.
_LARGEST_SHARE: Final = 4
_TAG_BYTES: Final = 16
# Headers that say something of the content, which an answer without content leaves out.
OF_CONTENT: Final = frozenset({"content-type", "content-encoding", "content-language", "content-length"})


class Form(NamedTuple):
    """A form of an answer, ready to be sent.

    ``rest`` are the headers of an answer that tells a client to use what it has (RFC 9110, section 15.4.5).
    ``modified`` is ``None`` for a time that has not come yet, which is not told.
    """

    headers: HeaderList
    rest: HeaderList
    body: bytes
    tag: str | None
    modified: int | None


@dataclass
class Answer:
    """A whole answer.

    ``tag`` is the entity tag of the form without a coding, ``modified`` the time of ``Last-Modified`` in seconds.
    ``headers`` have lower-case names, and neither these two nor that of the coding. A form with a coding is made when
    the client prefers it, the content is text of at least ``threshold`` bytes, and the answer is not ``fixed``.
    ``keep`` says that whoever asks the same of the same version may get it.
    """

    status: int
    headers: HeaderList
    body: bytes
    tag: str | None = None
    modified: int | None = None
    threshold: int = 0
    fixed: bool = False
    keep: bool = False
    _forms: dict[str, bytes] = field(default_factory=dict)
    _ready: dict[str, Form] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._forms[IDENTITY] = self.body
        self._is_text = compression.is_text(value_of(self.headers, "content-type") or "")

    @property
    def size(self) -> int:
        """How many bytes it takes, coded forms included."""
        return _OVERHEAD + sum(map(len, tuple(self._forms.values())))

    @functools.cached_property
    def tags(self) -> list[str]:
        """The entity tags of all forms; none when it has none."""
        return [tagged(self.tag, coding) for coding in (IDENTITY, *compression.CODINGS)] if self.tag else []

    def coding(self, accept_encoding: str | None) -> str | None:
        """Return the coding for a client, or ``None`` when it accepts none that there is."""
        if self.fixed:
            return IDENTITY
        return compression.choice(accept_encoding, worthwhile=self._is_text and len(self.body) >= self.threshold)

    def has(self, coding: str) -> bool:
        """Whether the coded form is there."""
        return coding in self._forms

    def code(self, coding: str) -> None:
        """Make the coded form, which may take a while."""
        self._forms[coding] = compression.coded(self.body, coding)

    def form(self, coding: str) -> bytes:
        """Return the content in a form that is there."""
        return self._forms[coding]

    def ready(self, coding: str) -> Form:
        """Return a form that is there with its headers, which are not to be changed."""
        ready = self._ready.get(coding)
        if ready is None:
            ready = self._made(coding)
            if ready.modified == self.modified:
                self._ready[coding] = ready
        return ready

    def _made(self, coding: str) -> Form:
        headers = list(self.headers)
        if coding != IDENTITY:
            headers.append(("content-encoding", coding))
        tag = tagged(self.tag, coding) if self.tag else None
        if tag is not None:
            headers.append(("etag", tag))
        modified = self.modified if self.modified is not None and self.modified <= time.time() else None
        if modified is not None:
            headers.append(("last-modified", conditional.http_date(modified)))
        rest = [(name, value) for name, value in headers if name not in OF_CONTENT]
        return Form(headers, rest, self.form(coding), tag, modified)


@dataclass
class _Kept:
    answer: Answer
    counted: int


class ResultCache:
    """The answers from one version, of which those asked for last are kept. To be used from one thread."""

    def __init__(self, most_bytes: int) -> None:
        """Keep up to ``most_bytes``; 0 keeps nothing."""
        self._most_bytes = most_bytes
        self._size = 0
        self._version: object = None
        self._kept: OrderedDict[Key, _Kept] = OrderedDict()

    @property
    def size(self) -> int:
        """How many bytes are kept."""
        return self._size

    def __len__(self) -> int:
        """How many answers are kept."""
        return len(self._kept)

    def serve(self, version: object) -> None:
        """Keep answers from ``version`` from here on, and forget all others."""
        if version is not self._version:
            self._version = version
            self._kept.clear()
            self._size = 0
            metrics.cache_holds(self._size)

    def get(self, key: Key) -> Answer | None:
        """Return the answer that is kept under ``key``."""
        kept = self._kept.get(key)
        if kept is None:
            return None
        self._kept.move_to_end(key)
        return kept.answer

    def put(self, version: object, key: Key, answer: Answer) -> None:
        """Keep an answer from ``version``, or count it anew, unless another one is served now or it is too large."""
        if version is not self._version:
            return
        self._drop(key)
        size = answer.size
        if size * _LARGEST_SHARE <= self._most_bytes:
            self._kept[key] = _Kept(answer, size)
            self._size += size
        while self._size > self._most_bytes:
            self._drop(next(iter(self._kept)))
        metrics.cache_holds(self._size)

    def _drop(self, key: Key) -> None:
        kept = self._kept.pop(key, None)
        if kept is not None:
            self._size -= kept.counted


def entity_tag(version: str, key: Key, headers: HeaderList, body: bytes) -> str:
    """Return the strong entity tag of an answer: of the version, what was asked, the format, and the bytes.

    The bytes count too, since an answer that was forgotten need not come in the same order again.
    """
    digest = hashlib.blake2b(digest_size=_TAG_BYTES)
    of_format = [value for name, value in headers if name in OF_CONTENT]
    for part in (version.encode(), key, *(value.encode() for value in of_format), body):
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return f'"{digest.hexdigest()}"'


def tagged(tag: str, coding: str) -> str:
    """Return the entity tag of a coded form."""
    return tag if coding == IDENTITY else f'{tag[:-1]}-{coding}"'

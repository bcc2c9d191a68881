"""What the ledger holds, row by row. Times are UTC, in the form of ``xsd:dateTime``."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Received:
    """A submission as it came in; ``received`` is the time."""

    received: str
    who: str
    source: str
    licence: str | None
    media_type: str
    file_name: str
    data: bytes


@dataclass(frozen=True)
class Record:
    """What the ledger says of a submission, without its bytes; ``accepted`` is ``None`` while it is undecided."""

    number: int
    received: str
    who: str
    source: str
    licence: str | None
    media_type: str
    file_name: str
    size: int
    decided: str | None
    accepted: bool | None
    code: str | None
    problem: str | None
    version: str | None
    retracted: str | None
    retracted_by: str | None


@dataclass(frozen=True)
class Decided:
    """A decision on a submission; ``version`` is the one that was current once it was decided."""

    decided: str
    accepted: bool
    code: str | None
    problem: str | None
    report: str | None
    version: str


@dataclass(frozen=True)
class Change:
    """A version: what it adds to and removes from its parent, as N-Quads. One of kind ``release`` stands for itself."""

    id: str
    parent: str | None
    release: str
    kind: str
    number: int | None
    made: str
    added: bytes = b""
    removed: bytes = b""
    added_count: int = 0
    removed_count: int = 0

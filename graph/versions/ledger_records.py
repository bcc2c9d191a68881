"""What the ledger holds, row by row. Times are UTC, in the form of ``xsd:dateTime``."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from typing import Literal as OneOf

Operation = OneOf["contribution", "update", "put", "post", "delete"]


@dataclass(frozen=True)
class SubmissionRecord:
    """A submission as it came in; ``received`` is the time.

    ``operation`` says what is to be done with ``data``, to the graph ``target``; ``parameters`` are those of the
    request that carried it.
    """

    received: str
    who: str
    source: str
    licence: str | None
    media_type: str
    file_name: str
    data: bytes
    operation: Operation = "contribution"
    target: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class LedgerEntry:
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
    operation: Operation
    target: str | None


@dataclass(frozen=True)
class DecisionRecord:
    """A decision on a submission; ``version`` is the one that was current once it was decided."""

    decided: str
    accepted: bool
    code: str | None
    problem: str | None
    report: str | None
    version: str


@dataclass(frozen=True)
class GraphOwner:
    """Who holds a named graph, for ever, and the number of the submission that first put something into it."""

    graph: str
    who: str
    number: int


@dataclass(frozen=True)
class VersionRecord:
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

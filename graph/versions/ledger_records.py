"""The records of the ledger. Times are UTC, in the form of ``xsd:dateTime``.

``submitter`` is the column ``who`` of the database, and the member ``who`` of records in JSON.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from typing import Literal as OneOf

Operation = OneOf["contribution", "update", "put", "post", "delete"]


@dataclass(frozen=True)
class SubmissionRecord:
    """A submission as received at the time ``received``.

    ``operation`` applies ``data`` to the graph ``target``; ``parameters`` are those of the HTTP request.
    """

    received: str
    submitter: str
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
    """A submission without its data, its decision and its retraction; ``accepted`` is ``None`` before the decision."""

    number: int
    received: str
    submitter: str
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
    """The decision on a submission; ``version`` is the current version right after the decision."""

    decided: str
    accepted: bool
    code: str | None
    problem: str | None
    report: str | None
    version: str


@dataclass(frozen=True)
class GraphOwner:
    """The permanent owner of a named graph, and the number of the submission that first wrote to it."""

    graph: str
    submitter: str
    number: int


@dataclass(frozen=True)
class VersionRecord:
    """A version, with the N-Quads added to and removed from its parent; those of a release are in its folder."""

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

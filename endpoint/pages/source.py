"""What documents are written from: the version that is served, or an earlier one."""

from collections.abc import Callable
from typing import Any, Final
from urllib.parse import quote

from flask import Response
from pyoxigraph import NamedNode

from endpoint.http.problems import Problem
from endpoint.pages import memento
from endpoint.serving.snapshot import SnapshotHolder
from graph.archive import ArchiveProcess, Memento
from graph.errors import UnknownVersionError
from graph.pool.pool import TaskLabel
from graph.settings import QueryLimits
from ontology.iris import BASE

_DOCUMENT: Final = TaskLabel("the document", "request less with a query at /sparql")


class GraphReader:
    """Runs tasks on what is served or on what was, within the limits of the settings."""

    def __init__(self, snapshots: SnapshotHolder, past: ArchiveProcess | None, most: int) -> None:
        """Read from ``snapshots``, and from earlier versions in ``past``, if any; pages list ``most`` of anything."""
        self.snapshots = snapshots
        self.past = past
        self.most = most

    def ask(self, version: str | None, task: Callable[..., Any], *arguments: Any) -> tuple[Memento | None, Any]:  # noqa: ANN401
        """Return what ``task`` returns for the graph and ``arguments``, and for a ``version`` since when it is served.

        Raises ``Problem`` for a version that never was.
        """
        with self.snapshots.acquire() as snapshot:
            if version in {None, snapshot.version}:
                found = snapshot.pool.call(task, arguments, snapshot.pool.settings.deadline, _DOCUMENT)
                since = self.past.service_start(version) if version and self.past else None
                return Memento(version, since) if version and since else None, found
        return self._earlier(version or "", task, arguments)

    def _earlier(self, version: str, task: Callable[..., Any], arguments: tuple[Any, ...]) -> tuple[Memento, Any]:
        unknown = Problem("version-unknown", f"there is no version {version}")
        if self.past is None:
            raise unknown
        try:
            since, found = self.past.run(version, task, arguments)
        except UnknownVersionError:
            raise unknown from None
        return Memento(version, since), found

    def limits(self) -> QueryLimits:
        """Return the limits on what is written."""
        with self.snapshots.acquire() as snapshot:
            return snapshot.pool.limits

    def gate(self, path: str, original: str) -> Response | None:
        """Return the redirection that ``Accept-Datetime`` asks for, if it is there."""
        when = memento.requested_time()
        if when is None or self.past is None:
            return None
        return memento.gate(self.past, when, path, original)


def candidates(path: str) -> list[NamedNode]:
    """Return the IRIs that a decoded ``path`` may stand for: as it is, and percent-encoded as URIs have it."""
    found = []
    for written in dict.fromkeys((path, quote(path, safe="/:@!$&'()*+,;=~-._%"), quote(path, safe="/"))):
        try:
            found.append(NamedNode(BASE + written))
        except ValueError:
            continue
    return found

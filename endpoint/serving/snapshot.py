"""The current version of the graph with the pool that answers from it; the two change together.

A request keeps the version that it began with. A new version gets processes of its own and becomes current once each of
them has loaded it; the processes of the version before end with the last request that uses them.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, TypeVar

from endpoint.observability import metrics
from graph.errors import GraphError
from graph.pool.query_pool import QueryBackend
from graph.remote.errors import VersionReplaced
from graph.sparql.errors import QueryError, Unavailable

_LOG: Final = logging.getLogger(__name__)
# How many checks to leave out after a version that could not be loaded: each attempt starts processes in vain.
_PATIENCE: Final = 10
# How often a request is answered again because the version in an external store changed meanwhile.
_ATTEMPTS: Final = 5

_Result = TypeVar("_Result")


class Snapshot:
    """A version, its pool, and how many requests use them."""

    def __init__(self, version: str, pool: QueryBackend) -> None:
        self.version = version
        self.pool = pool
        self.users = 0


class SnapshotHolder:
    """Holds the current snapshot; safe to use from several threads."""

    def __init__(
        self,
        version: str,
        pool: QueryBackend,
        newest: Callable[[], str] | None = None,
        open_pool: Callable[[str, tuple[str, QueryBackend]], QueryBackend] | None = None,
    ) -> None:
        """Begin with ``version`` and ``pool``; ``newest`` returns the latest version, ``open_pool`` the pool of one.

        Without these two the version never changes.
        """
        self._current = Snapshot(version, pool)
        self._newest = newest
        self._open_pool = open_pool
        self._counting = threading.Lock()
        self._changing = threading.Lock()
        self._closed = threading.Event()

    @property
    def current(self) -> Snapshot:
        """The current snapshot, to be compared with earlier ones; to use its pool, see :meth:`acquire`."""
        return self._current

    @property
    def version(self) -> str:
        """The current version."""
        return self._current.version

    @property
    def ready(self) -> bool:
        """Whether requests can be answered."""
        with self.acquire() as snapshot:
            return snapshot.pool.ready

    @contextmanager
    def acquire(self) -> Iterator[Snapshot]:
        """Give the current snapshot, whose pool stays usable until the end of the ``with`` block."""
        with self._counting:
            snapshot = self._current
            snapshot.users += 1
        try:
            yield snapshot
        finally:
            with self._counting:
                snapshot.users -= 1
                unused = snapshot.users == 0 and snapshot is not self._current
            if unused:
                _close(snapshot.pool)

    def call(self, work: Callable[[Snapshot], _Result]) -> _Result:
        """Return the result of ``work`` on the current snapshot.

        When the version in an external store changes meanwhile, ``work`` is called again, on the new one. Raises what
        ``work`` raises, and ``Unavailable`` when the store holds no complete version.
        """
        for _ in range(_ATTEMPTS):
            try:
                with self.acquire() as snapshot:
                    return work(snapshot)
            except VersionReplaced:
                self._follow()
        raise Unavailable("the graph is changing too quickly; try again in a moment")

    def _follow(self) -> None:
        try:
            self.refresh()
        except QueryError:
            raise
        except GraphError as error:
            _LOG.warning("no complete version available: %s", error)
            raise Unavailable("the SPARQL engine has no complete version at the moment; try again shortly") from error

    def refresh(self) -> None:
        """Make the newest version current; on return every new request is answered from it, or from a later one.

        Raises a ``QueryError`` or ``GraphError`` when the version cannot be loaded; the current one then stays.
        """
        if self._newest is None or self._open_pool is None:
            return
        with self._changing:
            version = self._newest()
            if version == self.version or self._closed.is_set():
                return
            pool = self._open_pool(version, (self._current.version, self._current.pool))
            try:
                pool.start()
            except QueryError:
                pool.close()
                raise
            self._replace(Snapshot(version, pool))

    def watch(self, seconds: float) -> None:
        """Check for a new version every ``seconds`` until closed: the command line makes versions too."""
        pause = seconds
        while not self._closed.wait(pause):
            pause = seconds
            try:
                self.refresh()
            except GraphError as error:
                pause = _PATIENCE * seconds
                _LOG.warning("cannot switch to the newest version yet: %s", error)

    def close(self) -> None:
        """Stop every process at once."""
        self._closed.set()
        with self._counting:
            pool = self._current.pool
        pool.close()

    def _replace(self, snapshot: Snapshot) -> None:
        with self._counting:
            before, self._current = self._current, snapshot
            unused = before.users == 0
        metrics.count_version()
        if unused:
            _close(before.pool)


def _close(pool: QueryBackend) -> None:
    # Ending processes takes a moment that no request should wait for.
    threading.Thread(target=pool.close, daemon=True).start()

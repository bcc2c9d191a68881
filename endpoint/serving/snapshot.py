"""The version of the graph that is served, with the processes that answer from it; the two change together.

A request keeps the version that it began with: a new one gets processes of its own, takes over once each of them has
loaded it, and the old processes end with the last request that uses them.
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
# How many looks to leave out after a version that could not be loaded: each attempt starts processes in vain.
_PATIENCE: Final = 10
# How often a request starts again because a store elsewhere was given another version while it was answered.
_ATTEMPTS: Final = 5

_Result = TypeVar("_Result")


class Serving:
    """One version, its pool, and how many requests use them."""

    def __init__(self, version: str, pool: QueryBackend) -> None:
        self.version = version
        self.pool = pool
        self.users = 0


class Served:
    """What is served now; safe to use from several threads."""

    def __init__(
        self,
        version: str,
        pool: QueryBackend,
        newest: Callable[[], str] | None = None,
        open_pool: Callable[[str, tuple[str, QueryBackend]], QueryBackend] | None = None,
    ) -> None:
        """Serve ``version`` from ``pool``; ``newest`` tells the latest version, ``open_pool`` makes the pool of one.

        Without these two, what is served never changes.
        """
        self._now = Serving(version, pool)
        self._newest = newest
        self._open_pool = open_pool
        self._counting = threading.Lock()
        self._changing = threading.Lock()
        self._closed = threading.Event()

    @property
    def now(self) -> Serving:
        """What is served now, to be compared with what was served before; to use it, see :meth:`used`."""
        return self._now

    @property
    def version(self) -> str:
        """The version that a request which begins now is answered from."""
        return self._now.version

    @property
    def ready(self) -> bool:
        """Whether requests can be answered."""
        with self.used() as serving:
            return serving.pool.ready

    @contextmanager
    def used(self) -> Iterator[Serving]:
        """Give what is served now, which stays usable until the end of the ``with`` block."""
        with self._counting:
            serving = self._now
            serving.users += 1
        try:
            yield serving
        finally:
            with self._counting:
                serving.users -= 1
                unused = serving.users == 0 and serving is not self._now
            if unused:
                _close(serving.pool)

    def current(self, work: Callable[[Serving], _Result]) -> _Result:
        """Return what ``work`` makes of what is served now.

        A store elsewhere may be given another version meanwhile: then ``work`` is done again, on that one. Raises what
        ``work`` raises, and ``Unavailable`` when the store holds no whole version.
        """
        for _ in range(_ATTEMPTS):
            try:
                with self.used() as serving:
                    return work(serving)
            except VersionReplaced:
                self._follow()
        raise Unavailable("the graph changes faster than it can be asked; try again in a moment")

    def _follow(self) -> None:
        try:
            self.refresh()
        except QueryError:
            raise
        except GraphError as error:
            _LOG.warning("no version can be served now: %s", error)
            raise Unavailable("the store behind this endpoint holds no whole version; try again in a moment") from error

    def refresh(self) -> None:
        """Serve the newest version; on return every request that begins is answered from it, or from a later one.

        Raises a ``QueryError`` or ``GraphError`` when the version cannot be loaded; what was served then stays.
        """
        if self._newest is None or self._open_pool is None:
            return
        with self._changing:
            version = self._newest()
            if version == self.version or self._closed.is_set():
                return
            pool = self._open_pool(version, (self._now.version, self._now.pool))
            try:
                pool.start()
            except QueryError:
                pool.close()
                raise
            self._take_over(Serving(version, pool))

    def watch(self, seconds: float) -> None:
        """Look for a new version every ``seconds`` until closed: the command line makes versions too."""
        pause = seconds
        while not self._closed.wait(pause):
            pause = seconds
            try:
                self.refresh()
            except GraphError as error:
                pause = _PATIENCE * seconds
                _LOG.warning("the newest version cannot be served yet: %s", error)

    def close(self) -> None:
        """Stop every process at once."""
        self._closed.set()
        with self._counting:
            pool = self._now.pool
        pool.close()

    def _take_over(self, serving: Serving) -> None:
        with self._counting:
            before, self._now = self._now, serving
            unused = before.users == 0
        metrics.version_taken_over()
        if unused:
            _close(before.pool)


def _close(pool: QueryBackend) -> None:
    # Ending processes takes a moment that no request should wait for.
    threading.Thread(target=pool.close, daemon=True).start()

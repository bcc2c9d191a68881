"""Where versions come from: processes that load them from the home folder, or a store elsewhere that holds them."""

import dataclasses
import functools
from dataclasses import dataclass
from pathlib import Path

from graph import warmup
from graph.contributions.contributions import Contributions
from graph.contributions.current_graph import apply_changes, changes_between, load_version
from graph.pool.query_pool import QueryBackend, QueryPool
from graph.pool.worker import Update
from graph.remote.credentials import Credentials
from graph.remote.follower import PublishingFollower, ReadingFollower
from graph.remote.pool import RemotePool
from graph.remote.settings import StoreSettings
from graph.settings import QueryLimits, WorkerSettings
from graph.sparql.dataset import DefaultGraphMode


@dataclass(frozen=True)
class Local:
    """Versions that are loaded into processes of this server."""

    home: Path
    limits: QueryLimits
    workers: WorkerSettings

    @property
    def advice(self) -> str:
        """What to do when a version cannot be opened."""
        return "run 'opsc build' again"

    @property
    def _default_graph(self) -> DefaultGraphMode:
        return "own" if self.workers.default_graph == "own" else "merged"

    def newest(self) -> str:
        """Return the newest version in the home folder."""
        # A new object each time: it would keep the graph in memory if it had to put contributions on a new release.
        return Contributions(self.home).version

    def open(self, version: str, served: tuple[str, QueryBackend] | None = None) -> QueryPool:
        """Return a pool, not yet started, that answers from ``version``.

        When it follows from the version that is ``served`` on the same release, the processes of that one are copied
        and the changes applied to them; otherwise the graph is loaded.
        """
        opened = functools.partial(load_version, self.home, version, self._default_graph)
        return QueryPool(opened, self.limits, self.workers, warmup.warm_up, self._source(version, served))

    def _source(self, version: str, served: tuple[str, QueryBackend] | None) -> tuple[QueryPool, Update] | None:
        before, pool = served or ("", None)
        changes = changes_between(self.home, before, version) if isinstance(pool, QueryPool) else None
        if changes is None or not isinstance(pool, QueryPool):
            return None
        return pool, functools.partial(apply_changes, changes=changes, default_graph=self._default_graph)


class Store:
    """The version that a store elsewhere holds, which is kept at the newest one when it can be written."""

    advice = "check the settings of the SPARQL engine"

    def __init__(
        self,
        home: Path,
        limits: QueryLimits,
        workers: WorkerSettings,
        settings: StoreSettings,
        credentials: Credentials | None,
    ) -> None:
        self._local = Local(home, limits, workers)
        self._store = (settings, credentials)
        self._follower = (
            PublishingFollower(home, settings, credentials)
            if settings.update_url
            else ReadingFollower(settings, credentials, workers.deadline)
        )

    def newest(self) -> str:
        """Return the version to serve; raise a ``GraphError`` when the store holds none or does not answer."""
        return self._follower.newest()

    def open(self, version: str, served: tuple[str, QueryBackend] | None = None) -> QueryBackend:  # noqa: ARG002
        """Return what answers from ``version`` in the store; nothing is started yet."""
        local = self._local
        settings = dataclasses.replace(local.workers, workers=self._store[0].connections)
        return RemotePool(self._store, version, local.limits, settings, local.open(version))

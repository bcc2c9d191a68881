"""Where versions come from: processes that load them from the home folder, or a store elsewhere that holds them."""

import dataclasses
import functools
from dataclasses import dataclass
from pathlib import Path

from graph import warmup
from graph.contributions.contributions import Contributions
from graph.contributions.current_graph import load_version
from graph.pool.query_pool import QueryBackend, QueryPool
from graph.remote.credentials import Credentials
from graph.remote.keeping import Keeper, Reader
from graph.remote.pool import RemotePool
from graph.remote.settings import StoreSettings
from graph.settings import QueryLimits, WorkerSettings
from graph.sparql import dataset


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

    def newest(self) -> str:
        """Return the newest version in the home folder."""
        # A new object each time: it would keep the graph in memory if it had to put contributions on a new release.
        return Contributions(self.home).version

    def open(self, version: str) -> QueryPool:
        """Return a pool, not yet started, that answers from ``version``."""
        default_graph: dataset.DefaultGraph = "own" if self.workers.default_graph == "own" else "merged"
        opened = functools.partial(load_version, self.home, version, default_graph)
        return QueryPool(opened, self.limits, self.workers, warmup.rehearse)


class Store:
    """The version that a store elsewhere holds, which is kept at the newest one when it can be written."""

    advice = "see that the settings of the store are right"

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
            Keeper(home, settings, credentials)
            if settings.update_url
            else Reader(settings, credentials, workers.deadline)
        )

    def newest(self) -> str:
        """Return the version to serve; raise a ``GraphError`` when the store holds none or does not answer."""
        return self._follower.newest()

    def open(self, version: str) -> QueryBackend:
        """Return what answers from ``version`` in the store; nothing is started yet."""
        local = self._local
        settings = dataclasses.replace(local.workers, workers=self._store[0].connections)
        return RemotePool(self._store, version, local.limits, settings, local.open(version))

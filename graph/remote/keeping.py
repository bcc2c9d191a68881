"""Which version is served from a store: the one that it says it holds, or, where it can be written, the newest here."""

import time
from pathlib import Path
from typing import Final

from graph.contributions.contributions import Contributions
from graph.remote import marker
from graph.remote.client import Client
from graph.remote.credentials import Credentials
from graph.remote.errors import StoreContentError
from graph.remote.publication import Publisher
from graph.remote.settings import StoreSettings

_MOST: Final = 50_000_000
_READ_SECONDS: Final = 5.0
_PAUSE: Final = 0.05


class Reader:
    """Follows what somebody else publishes into a store. To be used by one thread at a time."""

    def __init__(self, settings: StoreSettings, credentials: Credentials | None, patience: float) -> None:
        """Follow the store of ``settings``; wait ``patience`` seconds for a publication that is under way."""
        self._client = Client(settings.query_url, credentials, _MOST)
        self._url = settings.query_url
        self._patience = patience

    def newest(self) -> str:
        """Return the version that the store holds; raise a ``StoreError`` when it holds none or does not answer."""
        end = time.monotonic() + self._patience
        while True:
            held = marker.read(self._client, _READ_SECONDS)
            if held.version:
                return held.version
            if not held.contents or time.monotonic() > end:
                break
            time.sleep(_PAUSE)
        begun = "an incomplete version: run 'opsc publish' again" if held.contents else "no version: run 'opsc publish'"
        raise StoreContentError(f"{self._url} holds {begun}")


class Keeper:
    """Keeps a store at the newest version in ``home``. To be used by one thread at a time."""

    def __init__(self, home: Path, settings: StoreSettings, credentials: Credentials | None) -> None:
        """Write into the store of ``settings``, whose ``update_url`` is given."""
        self._home = home
        self._publisher = Publisher(home, settings, credentials)

    def newest(self) -> str:
        """Return the newest version, which the store holds by then; raise a ``GraphError`` when it cannot."""
        version = Contributions(self._home).version
        if self._publisher.held().version != version:
            self._publisher.publish(version)
        return version

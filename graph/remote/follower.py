"""Finds the version to serve from a store: the one that is published into it, or the newest one in the home folder."""

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

_RESPONSE_BYTES: Final = 50_000_000
_READ_SECONDS: Final = 5.0
_PAUSE: Final = 0.05


class ReadingFollower:
    """Follows the versions that another process publishes into a store. To be used by one thread at a time."""

    def __init__(self, settings: StoreSettings, credentials: Credentials | None, seconds: float) -> None:
        """Follow the store of ``settings``; wait up to ``seconds`` for the end of a publication."""
        self._client = Client(settings.query_url, credentials, _RESPONSE_BYTES)
        self._url = settings.query_url
        self._seconds = seconds

    def newest(self) -> str:
        """Return the version that the store holds; raise a ``StoreError`` when there is none or it does not answer."""
        end = time.monotonic() + self._seconds
        while True:
            published = marker.read(self._client, _READ_SECONDS)
            if published.version:
                return published.version
            if not published.contents or time.monotonic() > end:
                break
            time.sleep(_PAUSE)
        state = (
            "an incomplete version: run 'opsc publish' again"
            if published.contents
            else "no version: run 'opsc publish'"
        )
        raise StoreContentError(f"{self._url} holds {state}")


class PublishingFollower:
    """Publishes the newest version in ``home`` into a store. To be used by one thread at a time."""

    def __init__(self, home: Path, settings: StoreSettings, credentials: Credentials | None) -> None:
        """Write into the store of ``settings``, whose ``update_url`` is set."""
        self._home = home
        self._publisher = Publisher(home, settings, credentials)

    def newest(self) -> str:
        """Return the newest version, which the store then holds; raise a ``GraphError`` when it cannot be published."""
        version = Contributions(self._home).version
        if self._publisher.published().version != version:
            self._publisher.publish(version)
        return version

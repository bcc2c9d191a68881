"""The settings of a store elsewhere."""

import math
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from graph.settings import SettingsError, setting

_SCHEMES: Final = ("http", "https")


@dataclass(frozen=True)
class StoreSettings:
    """Which engine answers queries instead of the processes of the server, and how it is reached."""

    query_url: str = setting(
        "",
        "OPSC_STORE",
        "URL of the SPARQL query endpoint of an engine that answers instead of the server's own processes.",
        default_text="none: the server answers itself",
    )
    update_url: str = setting(
        "",
        "OPSC_STORE_UPDATE",
        "URL of the engine's SPARQL Update endpoint; with it `opsc serve` keeps the engine at the newest version.",
        default_text="none: the engine is only read",
    )
    credentials_file: str = setting(
        "",
        "OPSC_STORE_CREDENTIALS",
        "File with one line, `name:password` (Basic or Digest, as the engine asks) or `Bearer` and a token.",
        default_text="none",
    )
    timeout: str = setting(
        "",
        "OPSC_STORE_TIMEOUT",
        "Parameter that tells the engine the deadline of a query, with `{seconds}` or `{milliseconds}` in it.",
        default_text="`timeout={milliseconds}` for Virtuoso, none for others",
    )
    connections: int = setting(
        8,
        "OPSC_STORE_CONNECTIONS",
        "Queries that the engine is asked at one time, each by a process with a connection of its own.",
        between=(1, 1000),
    )
    write_seconds: float = setting(
        120.0,
        "OPSC_STORE_WRITE_SECONDS",
        "Seconds that the engine may take for one step of publishing.",
        between=(0.1, 86_400),
    )
    chunk: int = setting(
        1000,
        "OPSC_STORE_CHUNK",
        "Triples that are written into the engine with one request.",
        between=(1, math.inf),
    )

    def __post_init__(self) -> None:
        """Raise ``SettingsError`` for an address that is none."""
        for variable, url in (("OPSC_STORE", self.query_url), ("OPSC_STORE_UPDATE", self.update_url)):
            if url:
                _check(variable, url)
        if self.update_url and not self.query_url:
            raise SettingsError("OPSC_STORE_UPDATE is set without OPSC_STORE: give the query URL of the engine too")
        if self.timeout and ("=" not in self.timeout or not any(n in self.timeout for n in ("{seconds}", "{milli"))):
            raise SettingsError(
                f"OPSC_STORE_TIMEOUT={self.timeout}: write a parameter such as timeout={{seconds}} or "
                "timeout={milliseconds}"
            )


def _check(variable: str, url: str) -> None:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise SettingsError(f"{variable}: the URL cannot be read; write it as http://host:port/path") from None
    if parts.scheme not in _SCHEMES or not parts.hostname or port == 0:
        raise SettingsError(f"{variable}={url}: write an http or https URL, such as http://127.0.0.1:8890/sparql")
    if "@" in parts.netloc:
        # Not shown: it holds the password.
        raise SettingsError(f"{variable}: leave name and password out of the URL; see OPSC_STORE_CREDENTIALS")
    if parts.fragment or any(ord(character) <= ord(" ") for character in url):
        raise SettingsError(f"{variable}={url}: write the URL without white space and fragment")

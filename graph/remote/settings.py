"""The settings of an external SPARQL engine."""

import math
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from graph.settings import SettingsError, setting

_SCHEMES: Final = ("http", "https")


@dataclass(frozen=True)
class StoreSettings:
    """The external engine that evaluates queries instead of the processes of the server."""

    query_url: str = setting(
        "",
        "OPSC_STORE",
        "URL of the SPARQL query endpoint of an external engine that evaluates queries instead of the server's own "
        "processes.",
        default_text="none: the server evaluates queries itself",
    )
    update_url: str = setting(
        "",
        "OPSC_STORE_UPDATE",
        "URL of the engine's SPARQL Update endpoint; if set, `opsc serve` keeps the engine at the current version.",
        default_text="none: the engine is read-only",
    )
    credentials_file: str = setting(
        "",
        "OPSC_STORE_CREDENTIALS",
        "File with one line: `name:password` (for Basic or Digest authentication), or `Bearer` and a token.",
        default_text="none",
    )
    timeout: str = setting(
        "",
        "OPSC_STORE_TIMEOUT",
        "Request parameter that sets the engine's query timeout, with `{seconds}` or `{milliseconds}` in it.",
        default_text="`timeout={milliseconds}` for Virtuoso, none for others",
    )
    connections: int = setting(
        8,
        "OPSC_STORE_CONNECTIONS",
        "Maximum number of concurrent queries to the engine, each from a process with its own connection.",
        between=(1, 1000),
    )
    write_seconds: float = setting(
        120.0,
        "OPSC_STORE_WRITE_SECONDS",
        "Timeout for one step of publishing to the engine, in seconds.",
        between=(0.1, 86_400),
    )
    chunk: int = setting(
        1000,
        "OPSC_STORE_CHUNK",
        "Number of triples per write request to the engine.",
        between=(1, math.inf),
    )

    def __post_init__(self) -> None:
        """Raise ``SettingsError`` for an invalid URL or timeout parameter."""
        for variable, url in (("OPSC_STORE", self.query_url), ("OPSC_STORE_UPDATE", self.update_url)):
            if url:
                _check(variable, url)
        if self.update_url and not self.query_url:
            raise SettingsError("OPSC_STORE_UPDATE is set without OPSC_STORE: give the query URL of the engine too")
        if self.timeout:
            _check_timeout(self.timeout)


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


def _check_timeout(parameter: str) -> None:
    try:
        numbers = {parameter.format(seconds=number, milliseconds=number) for number in (1, 2)}
    except (ValueError, LookupError, AttributeError):
        numbers = set()
    if len(numbers) != 2 or "=" not in parameter:  # noqa: PLR2004 - as many as were written
        raise SettingsError(
            f"OPSC_STORE_TIMEOUT={parameter}: write a parameter such as timeout={{seconds}} or timeout={{milliseconds}}"
        )

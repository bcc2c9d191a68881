"""The settings of the web server, and the record of all settings that ``opsc serve`` reads once at its start."""

import math
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Final

from pyoxigraph import NamedNode

from graph.federation.settings import FederationSettings
from graph.remote.settings import StoreSettings
from graph.settings import DownloadLimits, QueryLimits, SettingsError, WorkerSettings, from_environment, setting

_BASE_URL = re.compile(r"https?://[^/?#@\\\s]+/[^?#\s]*")

LOGS: Final = ("json", "text", "off")
LEVELS: Final = ("debug", "info", "warning", "error")
CLIENTS: Final = ("short", "full", "off")
QUERIES: Final = ("off", "slow", "all")


@dataclass(frozen=True)
class EndpointSettings:
    """Where the server listens, and the limits on a request."""

    host: str = setting("127.0.0.1", "OPSC_HOST", "Address to listen on.")
    port: int = setting(8000, "OPSC_PORT", "Port to listen on; 0 for any free port.", between=(0, 65_535))
    body_bytes: int = setting(
        1_000_000, "OPSC_BODY_BYTES", "Maximum size of a request body, in bytes.", between=(1, math.inf)
    )
    upload_bytes: int = setting(
        20_000_000,
        "OPSC_UPLOAD_BYTES",
        "Maximum size of a request body at `/validate`, `/contributions` and `/data`, in bytes.",
        between=(1, math.inf),
    )
    validation_seconds: float = setting(
        30.0,
        "OPSC_VALIDATION_SECONDS",
        "Timeout for a validation, and for the decision on a contribution, an update or a graph, in seconds.",
        between=(0.1, 86_400),
    )
    tokens_file: str = setting(
        "",
        "OPSC_TOKENS_FILE",
        "File of access tokens, managed with `opsc token`; without it, nobody can write over HTTP.",
        default_text="`tokens` in `OPSC_HOME`",
    )
    watch_seconds: float = setting(
        1.0,
        "OPSC_WATCH_SECONDS",
        "How often to check for a new version made from the command line, in seconds.",
        between=(0.05, 86_400),
    )
    header_seconds: float = setting(
        10.0,
        "OPSC_HEADER_SECONDS",
        "Timeout for receiving the request line and the headers, in seconds.",
        between=(0.1, 86_400),
    )
    header_bytes: int = setting(
        100_000,
        "OPSC_HEADER_BYTES",
        "Maximum size of the request line and the headers, in bytes; a larger request is refused with 431.",
        between=(8_192, math.inf),
    )
    public_url: str = setting(
        "",
        "OPSC_PUBLIC_URL",
        "Public base URL of the server, used in the dataset metadata, in feeds and in the service description; links "
        "begin with its path, which a proxy takes off.",
        default_text="http://{OPSC_HOST}:{OPSC_PORT}/",
    )
    stop_seconds: int = setting(
        5,
        "OPSC_STOP_SECONDS",
        "How long to wait for requests in progress when the server stops, in seconds.",
        between=(1, math.inf),
    )
    description_values: int = setting(
        100,
        "OPSC_DESCRIPTION_VALUES",
        "Maximum number of incoming links listed per property in the description of a resource, and of values per "
        "property on its page; the total is always given.",
        between=(1, 100_000),
    )
    past_versions: int = setting(
        2,
        "OPSC_PAST_VERSIONS",
        "Number of earlier versions that stay in memory after they have been requested.",
        between=(1, 1_000),
    )

    def __post_init__(self) -> None:
        if self.public_url and not (_BASE_URL.fullmatch(self.address) and _is_iri(self.address)):
            raise SettingsError(
                f"OPSC_PUBLIC_URL={self.public_url}: write an address such as https://example.org/, without user, "
                "query and fragment"
            )

    @property
    def address(self) -> str:
        """The base URL at which clients reach the server, with a slash at its end."""
        if self.public_url:
            return f"{self.public_url.rstrip('/')}/"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}/"


@dataclass(frozen=True)
class FrontSettings:
    """Caching, compression and rate limits in front of the application."""

    cache_bytes: int = setting(
        64_000_000,
        "OPSC_CACHE_BYTES",
        "Size of the response cache in bytes; 0 disables it.",
        between=(0, math.inf),
    )
    max_age: int = setting(
        0,
        "OPSC_MAX_AGE",
        "How long browsers and proxies may reuse a response without revalidation (`max-age`), in seconds.",
        between=(0, 31_536_000),
    )
    compress_bytes: int = setting(
        1_000,
        "OPSC_COMPRESS_BYTES",
        "Minimum size of a response that is compressed for clients that accept it, in bytes.",
        between=(0, math.inf),
    )
    client_requests: int = setting(
        16,
        "OPSC_CLIENT_REQUESTS",
        "Maximum number of concurrent requests from one client address; further ones are refused with 429. 0 sets no "
        "limit.",
        between=(0, math.inf),
    )
    client_rate: float = setting(
        100.0,
        "OPSC_CLIENT_RATE",
        "Maximum number of requests per second from one client address; further ones are refused with 429. 0 sets no "
        "limit.",
        between=(0, math.inf),
    )
    client_burst: int = setting(
        1_000,
        "OPSC_CLIENT_BURST",
        "Number of requests that one client address may send in a burst, regardless of the rate.",
        between=(1, math.inf),
    )
    trusted_proxies: str = setting(
        "",
        "OPSC_TRUSTED_PROXIES",
        "Addresses or networks of trusted proxies, separated by commas or spaces: their `X-Forwarded-For`, "
        "`X-Forwarded-Proto` and `X-Request-ID` are used.",
        default_text="none",
    )
    body_seconds: float = setting(
        120.0,
        "OPSC_BODY_SECONDS",
        "Timeout for receiving a request body, in seconds.",
        between=(0.1, 86_400),
    )
    write_seconds: float = setting(
        60.0,
        "OPSC_WRITE_SECONDS",
        "Timeout for a client that reads nothing of a response, in seconds; a large response may also take that long "
        "for each megabyte.",
        between=(0.1, 86_400),
    )
    sending_bytes: int = setting(
        500_000_000,
        "OPSC_SENDING_BYTES",
        "Maximum size of all large responses (128 KiB and more) that clients have yet to read, in bytes; a quarter of "
        "it for one client address. Further ones are refused with 503.",
        between=(1_000_000, math.inf),
    )
    connections: int = setting(
        1_000,
        "OPSC_CONNECTIONS",
        "Maximum number of open connections; further ones wait to be accepted.",
        between=(1, 60_000),
    )


@dataclass(frozen=True)
class ObservabilitySettings:
    """The log of requests, and access to the metrics."""

    log: str = setting(
        "json",
        "OPSC_LOG",
        "Format of the log on standard error, with one line per request: json or text; off logs only warnings and "
        "errors.",
        choices=LOGS,
    )
    level: str = setting(
        "info",
        "OPSC_LOG_LEVEL",
        "Minimum level of the log (debug, info, warning or error). Requests to `/health` and `/metrics` are logged at "
        "debug, responses with status 500 or above at warning.",
        choices=LEVELS,
    )
    clients: str = setting(
        "short",
        "OPSC_LOG_CLIENTS",
        "How client addresses are logged: short (the /24 network, or /48 for IPv6), full, or off.",
        choices=CLIENTS,
    )
    queries: str = setting(
        "off",
        "OPSC_LOG_QUERIES",
        "Which queries are logged with their text: off (none), slow, or all.",
        choices=QUERIES,
    )
    slow_seconds: float = setting(
        1.0,
        "OPSC_LOG_SLOW_SECONDS",
        "Duration from which a query counts as slow for `OPSC_LOG_QUERIES`, in seconds.",
        between=(0, 86_400),
    )
    metrics_allow: str = setting(
        "127.0.0.0/8,::1",
        "OPSC_METRICS_ALLOW",
        "Addresses or networks that may read `/metrics`, separated by commas or spaces.",
    )


@dataclass(frozen=True)
class Settings:
    """All settings of a server, by their subject."""

    endpoint: EndpointSettings = field(default_factory=EndpointSettings)
    front: FrontSettings = field(default_factory=FrontSettings)
    observability: ObservabilitySettings = field(default_factory=ObservabilitySettings)
    queries: QueryLimits = field(default_factory=QueryLimits)
    workers: WorkerSettings = field(default_factory=WorkerSettings)
    federation: FederationSettings = field(default_factory=FederationSettings)
    downloads: DownloadLimits = field(default_factory=DownloadLimits)
    store: StoreSettings = field(default_factory=StoreSettings)

    @classmethod
    def read(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """Return the settings in ``environment``; raise ``SettingsError`` for an invalid value."""
        return cls(**{part.name: from_environment(part.default_factory, environment) for part in fields(cls)})  # type: ignore[arg-type]


def _is_iri(text: str) -> bool:
    try:
        NamedNode(text)
    except ValueError:
        return False
    return True

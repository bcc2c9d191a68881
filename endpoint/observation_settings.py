"""The settings of the log and the metrics."""

from dataclasses import dataclass
from typing import Final

from graph.settings import setting

LOGS: Final = ("json", "text", "off")
LEVELS: Final = ("debug", "info", "warning", "error")
CLIENTS: Final = ("short", "full", "off")
QUERIES: Final = ("off", "slow", "all")


@dataclass(frozen=True)
class ObservationSettings:
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

"""The settings of what the server tells its operator: log and metrics."""

from dataclasses import dataclass
from typing import Final

from graph.settings import setting

LOGS: Final = ("json", "text", "off")
LEVELS: Final = ("debug", "info", "warning", "error")
CLIENTS: Final = ("short", "full", "off")
QUERIES: Final = ("off", "slow", "all")


@dataclass(frozen=True)
class ObservationSettings:
    """What is logged of a request, and who may read the metrics."""

    log: str = setting(
        "json",
        "OPSC_LOG",
        "Form of the log on standard error, a line a request (json or text); off leaves only warnings and errors.",
        choices=LOGS,
    )
    level: str = setting(
        "info",
        "OPSC_LOG_LEVEL",
        "What is logged at least (debug, info, warning or error); requests to `/health` and `/metrics` are debug, "
        "answers from 500 on are warnings.",
        choices=LEVELS,
    )
    clients: str = setting(
        "short",
        "OPSC_LOG_CLIENTS",
        "How the log names the address of a client: short (its /24, or /48 of IPv6), full, or off.",
        choices=CLIENTS,
    )
    queries: str = setting(
        "off",
        "OPSC_LOG_QUERIES",
        "Of which queries the log holds the text: off (none), slow, or all.",
        choices=QUERIES,
    )
    slow_seconds: float = setting(
        1.0,
        "OPSC_LOG_SLOW_SECONDS",
        "Seconds from which on a query is slow for `OPSC_LOG_QUERIES`.",
        between=(0, 86_400),
    )
    metrics_allow: str = setting(
        "127.0.0.0/8,::1",
        "OPSC_METRICS_ALLOW",
        "Addresses or networks, with commas or spaces, from which `/metrics` may be read.",
    )

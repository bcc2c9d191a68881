"""The settings of the web server."""

import math
from dataclasses import dataclass

from graph.settings import setting


@dataclass(frozen=True)
class EndpointSettings:
    """Where the server listens, and what it reads of a request."""

    host: str = setting("127.0.0.1", "OPSC_HOST", "Address that the server listens on.")
    port: int = setting(8000, "OPSC_PORT", "Port that the server listens on.", between=(1, 65_535))
    body_bytes: int = setting(
        1_000_000, "OPSC_BODY_BYTES", "Largest request body that is read, in bytes.", between=(1, math.inf)
    )
    upload_bytes: int = setting(
        20_000_000,
        "OPSC_UPLOAD_BYTES",
        "Largest body that is read at `/validate`, `/contributions` and `/data`, in bytes.",
        between=(1, math.inf),
    )
    validation_seconds: float = setting(
        30.0,
        "OPSC_VALIDATION_SECONDS",
        "Seconds after which a validation is stopped, and the decision on a contribution, an update or a graph.",
        between=(0.1, 86_400),
    )
    tokens_file: str = setting(
        "",
        "OPSC_TOKENS_FILE",
        "File with a name and the SHA-256 of a token on each line: who may contribute over HTTP.",
        default_text="none: nobody may",
    )
    watch_seconds: float = setting(
        1.0,
        "OPSC_WATCH_SECONDS",
        "Seconds between two looks for a version of the graph that the command line has made.",
        between=(0.05, 86_400),
    )
    header_seconds: float = setting(
        10.0,
        "OPSC_HEADER_SECONDS",
        "Seconds in which the head of a request, its first line and its headers, has to arrive.",
        between=(0.1, 86_400),
    )
    header_bytes: int = setting(
        100_000,
        "OPSC_HEADER_BYTES",
        "Largest head of a request, its first line and its headers, in bytes; a larger one is refused with 431.",
        between=(8_192, math.inf),
    )
    stop_seconds: int = setting(
        5,
        "OPSC_STOP_SECONDS",
        "Seconds that requests under way have to finish when the server stops.",
        between=(1, math.inf),
    )

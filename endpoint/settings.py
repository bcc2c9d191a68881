"""The settings of the web server."""

import math
import re
from dataclasses import dataclass

from pyoxigraph import NamedNode

from graph.settings import SettingsError, setting

_BASE_URL = re.compile(r"https?://[^/?#@\\\s]+/[^?#\s]*")


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
        "File that says who may write over HTTP, kept by `opsc token`; while there is none, nobody may.",
        default_text="`tokens` in `OPSC_HOME`",
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
    public_url: str = setting(
        "",
        "OPSC_PUBLIC_URL",
        "Address at which clients reach the server, used in the description of the dataset and in feeds.",
        default_text="http://{OPSC_HOST}:{OPSC_PORT}/",
    )
    stop_seconds: int = setting(
        5,
        "OPSC_STOP_SECONDS",
        "Seconds that requests under way have to finish when the server stops.",
        between=(1, math.inf),
    )
    description_values: int = setting(
        100,
        "OPSC_DESCRIPTION_VALUES",
        "How many things a document about a thing names that point to it by one property, and a page of anything; it "
        "says how many there are.",
        between=(1, 100_000),
    )
    past_versions: int = setting(
        2,
        "OPSC_PAST_VERSIONS",
        "How many earlier versions stay in memory once somebody has asked for them.",
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
    """What the layer before the application keeps, compresses and lets in."""

    cache_bytes: int = setting(
        64_000_000,
        "OPSC_CACHE_BYTES",
        "Memory for answers that are kept for those who ask the same again, in bytes; 0 keeps none.",
        between=(0, math.inf),
    )
    max_age: int = setting(
        0,
        "OPSC_MAX_AGE",
        "Seconds for which browsers and proxies may use an answer again without asking whether the graph has changed.",
        between=(0, 31_536_000),
    )
    compress_bytes: int = setting(
        1_000,
        "OPSC_COMPRESS_BYTES",
        "Smallest answer that is compressed for clients that ask for it, in bytes.",
        between=(0, math.inf),
    )
    client_requests: int = setting(
        16,
        "OPSC_CLIENT_REQUESTS",
        "Requests of one client address that may be under way at one time, beyond which they are refused with 429; "
        "0 sets no limit.",
        between=(0, math.inf),
    )
    client_rate: float = setting(
        100.0,
        "OPSC_CLIENT_RATE",
        "Requests a second of one client address, beyond which they are refused with 429; 0 sets no limit.",
        between=(0, math.inf),
    )
    client_burst: int = setting(
        1_000,
        "OPSC_CLIENT_BURST",
        "Requests of one client address that may follow each other at any rate, after a pause.",
        between=(1, math.inf),
    )
    trusted_proxies: str = setting(
        "",
        "OPSC_TRUSTED_PROXIES",
        "Addresses or networks, with commas or spaces, of proxies whose `X-Forwarded-For`, `X-Forwarded-Proto` and "
        "`X-Request-ID` are believed.",
        default_text="none",
    )
    body_seconds: float = setting(
        120.0,
        "OPSC_BODY_SECONDS",
        "Seconds in which a request body has to arrive.",
        between=(0.1, 86_400),
    )
    connections: int = setting(
        1_000,
        "OPSC_CONNECTIONS",
        "Connections that are open at one time; further ones wait to be accepted.",
        between=(1, 60_000),
    )


def _is_iri(text: str) -> bool:
    try:
        NamedNode(text)
    except ValueError:
        return False
    return True

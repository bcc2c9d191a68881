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
        "File with a name and the SHA-256 of a token on each line: who may contribute over HTTP.",
        default_text="none: nobody may",
    )
    watch_seconds: float = setting(
        1.0,
        "OPSC_WATCH_SECONDS",
        "Seconds between two looks for a version of the graph that the command line has made.",
        between=(0.05, 86_400),
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


def _is_iri(text: str) -> bool:
    try:
        NamedNode(text)
    except ValueError:
        return False
    return True

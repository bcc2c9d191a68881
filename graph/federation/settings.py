"""The settings of SERVICE."""

import functools
import math
from dataclasses import dataclass

from graph.federation import addresses
from graph.federation.addresses import AddressError, Endpoint, Network
from graph.settings import SettingsError, setting


@dataclass(frozen=True)
class FederationSettings:
    """The endpoints that SERVICE may call, and the limits on their responses.

    Raises ``SettingsError`` for addresses that are not exact, or that may not be reached.
    """

    allow: str = setting(
        "",
        "OPSC_SERVICE_ALLOW",
        "Endpoints that a query may call with SERVICE: exact http or https URLs, separated by spaces or commas.",
        default_text="none",
    )
    private: str = setting(
        "",
        "OPSC_SERVICE_PRIVATE",
        "Non-public addresses or networks at which these endpoints may be reached, such as 10.1.2.3.",
        default_text="none",
    )
    seconds: float = setting(
        10.0, "OPSC_SERVICE_SECONDS", "Timeout for a request to another endpoint, in seconds.", between=(0.1, 86_400)
    )
    size: int = setting(
        10_000_000,
        "OPSC_SERVICE_BYTES",
        "Maximum size of a response from another endpoint, in bytes.",
        between=(1, math.inf),
    )
    rows: int = setting(
        50_000,
        "OPSC_SERVICE_ROWS",
        "Maximum number of solutions in a response from another endpoint.",
        between=(1, math.inf),
    )
    clauses: int = setting(5, "OPSC_SERVICE_CLAUSES", "Maximum number of SERVICE clauses in a query.", between=(1, 100))
    processes: int = setting(
        4,
        "OPSC_SERVICE_PROCESSES",
        "Number of processes that send requests to other endpoints, each one at a time; none without "
        "`OPSC_SERVICE_ALLOW`.",
        between=(1, math.inf),
    )

    def __post_init__(self) -> None:
        exceptions = self.exceptions
        for one in self.endpoints.values():
            address = addresses.literal(one.host)
            if address is not None and not addresses.may_be_reached([address], exceptions):
                raise SettingsError(f"OPSC_SERVICE_ALLOW={one.iri}: not a public address; see OPSC_SERVICE_PRIVATE")

    @functools.cached_property
    def endpoints(self) -> dict[str, Endpoint]:
        """The endpoints that SERVICE may call, by their IRIs."""
        try:
            found = [addresses.endpoint(text) for text in self.allow.replace(",", " ").split()]
        except AddressError as error:
            raise SettingsError(f"OPSC_SERVICE_ALLOW: {error}") from None
        return {one.iri: one for one in found}

    @functools.cached_property
    def exceptions(self) -> tuple[Network, ...]:
        """The addresses that may be reached although they are not public."""
        try:
            return addresses.networks(self.private)
        except AddressError as error:
            raise SettingsError(f"OPSC_SERVICE_PRIVATE: {error}") from None

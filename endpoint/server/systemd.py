"""Tells the service manager how the server is (sd_notify(3)): a datagram to the socket in ``NOTIFY_SOCKET``."""

import os
import socket
from collections.abc import Mapping


def notify(state: str, environment: Mapping[str, str] = os.environ) -> bool:
    """Send a state, such as ``READY=1``; return whether there was a service manager that took it."""
    place = environment.get("NOTIFY_SOCKET", "")
    if not place.startswith(("/", "@")):
        return False
    # A name that begins with @ is not that of a file: it lies in the abstract namespace (unix(7)).
    name = f"\0{place[1:]}" if place.startswith("@") else place
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
        try:
            sender.connect(name)
            sender.sendall(state.encode("ascii"))
        except OSError:
            return False
    return True


def watchdog_seconds(environment: Mapping[str, str] = os.environ) -> float | None:
    """Return how often the service manager wants to hear ``WATCHDOG=1``: half of what it waits, or ``None``."""
    microseconds = environment.get("WATCHDOG_USEC", "")
    return int(microseconds) / 2e6 if microseconds.isdecimal() and int(microseconds) else None

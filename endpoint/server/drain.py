"""The sockets that a server listens on: it stops listening without a connection lost, and ends what nobody reads.

The kernel makes connections before a server accepts them, and resets those that wait when the server closes its
socket. So it is first made to refuse further ones, by a filter that drops their first packet (SO_ATTACH_FILTER,
socket(7)): a client repeats that packet after a second, and finds another server or none. Those that wait are accepted
meanwhile.
"""

import contextlib
import ctypes
import os
import socket
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_SO_ATTACH_FILTER: Final = 26
_FLAGS, _SYN, _ACK = 13, 0x02, 0x10
# Load the flags of the TCP header; drop what has SYN without ACK, let anything else pass.
_NO_FURTHER_CONNECTIONS: Final = b"".join(
    struct.pack("HBBI", *instruction)
    for instruction in (
        (0x30, 0, 0, _FLAGS),
        (0x54, 0, 0, _SYN | _ACK),
        (0x15, 0, 1, _SYN),
        (0x06, 0, 0, 0),
        (0x06, 0, 0, 0xFFFFFFFF),
    )
)
_UNREAD: Final = 524_288
_DESCRIPTORS: Final = Path("/proc/self/fd")


def refuse_new(port: int) -> int:
    """Let no further connection be made to ``port``, on which this process listens; return on how many sockets.

    Elsewhere than on Linux it is none.
    """
    return sum(_refuses(listener) for listener in _listeners(port))


def end_unread(port: int, seconds: float) -> None:
    """Let the system end connections to ``port`` whose clients take nothing for so long (TCP_USER_TIMEOUT, tcp(7)).

    It also holds less than its own limit, of some megabytes, for each of them. Connections inherit both from the socket
    that listens; elsewhere than on Linux they stay as they are.
    """
    for listener in _listeners(port):
        with listener, contextlib.suppress(AttributeError, OSError):
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _UNREAD)
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, max(1, round(1000 * seconds)))


def _refuses(listener: socket.socket) -> bool:
    program = ctypes.create_string_buffer(_NO_FURTHER_CONNECTIONS)
    length = len(_NO_FURTHER_CONNECTIONS) // 8
    with listener, contextlib.suppress(OSError):
        option = struct.pack("HxxxxxxP", length, ctypes.addressof(program))
        listener.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, option)
        return True
    return False


def _listeners(port: int) -> Iterator[socket.socket]:
    """Yield a duplicate of every socket of this process that listens on ``port``: the HTTP server keeps its own."""
    for descriptor in sorted(int(entry.name) for entry in _DESCRIPTORS.glob("*")):
        try:
            found = socket.socket(fileno=os.dup(descriptor))
        except OSError:
            continue
        if _listens(found, port):
            yield found
        else:
            found.close()


def _listens(one: socket.socket, port: int) -> bool:
    if one.family not in {socket.AF_INET, socket.AF_INET6} or one.type != socket.SOCK_STREAM:
        return False
    return bool(one.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)) and one.getsockname()[1] == port

"""A real server in a process of its own, on a small release, for clients over real sockets."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.serving import Listener, Reply, Server, first_line, free_port, running, small_release

__all__ = ["Listener", "Reply", "Server", "first_line", "free_port", "running", "small_release"]

QUERY_SECONDS = 2.0
BODY_BYTES = 20_000
QUERY_LENGTH = 15_000
RESULT_BYTES = 300_000


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("opsc-home")
    small_release(folder)
    return folder


@pytest.fixture(scope="session")
def server(home: Path) -> Iterator[Server]:
    limits = {
        "OPSC_QUERY_SECONDS": str(QUERY_SECONDS),
        "OPSC_QUERY_LENGTH": str(QUERY_LENGTH),
        "OPSC_BODY_BYTES": str(BODY_BYTES),
        "OPSC_RESULT_BYTES": str(RESULT_BYTES),
        "OPSC_WORKERS": "2",
    }
    with running(home, **limits) as started:
        yield started


@pytest.fixture
def start(home: Path) -> Callable[..., AbstractContextManager[Server]]:
    """Return a function that runs another server on the same release."""
    return lambda *arguments, **environment: running(home, *arguments, **environment)


@pytest.fixture
def listener() -> Iterator[Listener]:
    listening = Listener()
    yield listening
    listening.close()

"""A server with writers and narrow limits, for attacks over real sockets on loopback."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.security.attacking import LIMITS, TOKENS
from tests.serving import Listener, Server, running, small_release


@pytest.fixture(scope="session")
def tokens_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("tokens") / "tokens"
    lines = [f"{name} {hashlib.sha256(token.encode()).hexdigest()}\n" for name, token in TOKENS.items()]
    file.write_text("".join(lines))
    return file


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("attacked")
    small_release(folder)
    return folder


@pytest.fixture(scope="session")
def server(home: Path, tokens_file: Path) -> Iterator[Server]:
    with running(home, OPSC_TOKENS_FILE=str(tokens_file), **LIMITS) as started:
        yield started


@pytest.fixture
def listener() -> Iterator[Listener]:
    listening = Listener()
    yield listening
    listening.close()

"""The operator's mistakes: what nobody has set lets nobody in."""

import hashlib
import socket
from pathlib import Path

import pytest

from endpoint.settings import EndpointSettings
from tests.commanding import opsc
from tests.security.attacking import SOURCE, problem
from tests.serving import running


def test_a_server_without_settings_listens_on_this_machine_only() -> None:
    assert EndpointSettings().host == "127.0.0.1"


def test_a_server_that_was_told_no_address_is_not_reached_from_others(home: Path) -> None:
    with running(home) as server:
        addresses = {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
        for address in addresses - {"127.0.0.1"}:
            with pytest.raises(OSError), socket.create_connection((address, server.port), timeout=5):  # noqa: PT011
                pass
        with pytest.raises(OSError), socket.create_connection(("127.0.0.2", server.port), timeout=5):  # noqa: PT011
            pass


def test_without_tokens_nobody_writes(home: Path) -> None:
    with running(home) as server:
        for method, path in (("POST", "/contributions"), ("POST", "/update"), ("PUT", "/data?graph=http://e/a&")):
            reply = server.request(
                method,
                f"{path}{'' if path.endswith('&') else '?'}source={SOURCE}",
                b"<http://e/a> <http://e/p> 1 .",
                Content_Type="text/turtle",
                Authorization="Bearer anything",
            )
            assert problem(reply) == (403, "contributions-closed")


@pytest.mark.parametrize("line", ["alice secret-word", "alice", "secret-word", f"alice {'0' * 63}"])
def test_a_file_with_a_token_instead_of_its_digest_stops_the_start_and_is_not_shown(
    home: Path, tmp_path: Path, line: str
) -> None:
    file = tmp_path / "tokens"
    file.write_text(f"bob {hashlib.sha256(b'x').hexdigest()}\n{line}\n")
    ran = opsc(home, "serve", "--port", "0", OPSC_TOKENS_FILE=str(file))
    assert ran.returncode == 2
    assert "secret-word" not in ran.stderr
    assert f"{file}:2" in ran.stderr


@pytest.mark.parametrize(
    "variable",
    ["OPSC_QUERY_SECONDS", "OPSC_WORKER_MEMORY", "OPSC_UPLOAD_BYTES", "OPSC_HEADER_BYTES", "OPSC_RESULT_BYTES"],
)
def test_a_limit_that_cannot_be_read_stops_the_start(home: Path, variable: str) -> None:
    ran = opsc(home, "serve", "--port", "0", **{variable: "unlimited"})
    assert ran.returncode == 2
    assert ran.stderr.startswith(f"opsc: {variable}=unlimited: ")

"""Attacks on tokens: guessing, measuring, reading them from the file, from logs and from answers."""

from pathlib import Path

import pytest

from endpoint.auth import bearer
from endpoint.auth.bearer import BearerTokens
from tests.security.attacking import LIMITS, SOURCE, TOKENS, contribute, problem, put
from tests.serving import Server, running


@pytest.mark.parametrize(
    "authorization",
    ["Bearer token", "Bearer token-a x", "Bearer \xff", "Basic dG9rZW4tYQ==", "token-a", "Bearer " + "a" * 50_000],
    ids=lambda value: value[:20],
)
def test_what_is_no_token_of_the_file_lets_nobody_in(server: Server, authorization: str) -> None:
    reply = server.request("POST", f"/contributions?source={SOURCE}", b"", Authorization=authorization)
    # A header of that length is refused before it is read.
    assert problem(reply)[0] == (431 if len(authorization) > 10_000 else 401)
    assert TOKENS["alice"].encode() not in reply.body


def test_a_token_anywhere_but_in_its_header_lets_nobody_in(server: Server) -> None:
    for path in (f"/update?source={SOURCE}&access_token=token-a", f"/update?source={SOURCE}&token=token-a"):
        assert problem(server.request("POST", path, b"", Cookie="token=token-a"))[0] in {400, 401}


def test_every_digest_is_compared_whichever_fits(tokens_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[bytes] = []
    honest = bearer.hmac.compare_digest

    def counting(one: bytes, other: bytes) -> bool:
        compared.append(one)
        return honest(one, other)

    monkeypatch.setattr(bearer.hmac, "compare_digest", counting)
    for token in TOKENS.values():
        compared.clear()
        BearerTokens(tokens_file).owner(f"Bearer {token}")
        assert len(compared) == len(TOKENS)


def test_the_file_of_tokens_holds_none(tokens_file: Path) -> None:
    assert not any(token in tokens_file.read_text() for token in TOKENS.values())


def test_no_token_is_logged(home: Path, tokens_file: Path) -> None:
    with running(home, OPSC_TOKENS_FILE=str(tokens_file), **LIMITS) as server:
        contribute(server, b"nonsense")
        put(server, "https://example.org/logged", b"<http://e/a> <http://e/p> 1 .")
        problem(server.request("POST", f"/contributions?source={SOURCE}", b"", Authorization="Bearer canary-token-77"))
        server.process.terminate()
        out, err = server.process.communicate(timeout=30)
    for token in (*TOKENS.values(), "canary-token-77"):
        assert token not in out
        assert token not in err


def test_a_token_is_revoked_at_once(home: Path, tmp_path: Path, tokens_file: Path) -> None:
    file = tmp_path / "tokens"
    file.write_text(tokens_file.read_text())
    with running(home, OPSC_TOKENS_FILE=str(file), **LIMITS) as server:
        assert contribute(server, b"nonsense").status == 422
        file.write_text("".join(line for line in tokens_file.read_text().splitlines(True) if "alice" not in line))
        assert problem(contribute(server, b"nonsense")) == (401, "token-invalid")

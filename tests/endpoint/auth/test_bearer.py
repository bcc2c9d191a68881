import base64
import hashlib
from pathlib import Path

import pytest

from endpoint.auth.bearer import BearerTokens, Token, read
from endpoint.http.problems import Problem
from graph.settings import SettingsError


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def b64(credentials: str) -> str:
    return base64.b64encode(credentials.encode()).decode()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "tokens"
    path.write_text(
        f"# who may contribute\n\nalice {digest('token-a')}\nbob@example.org  {digest('token-b').upper()}\n"
    )
    return path


def code_for(tokens: BearerTokens, authorization: str | None) -> str:
    with pytest.raises(Problem) as caught:
        tokens.owner(authorization)
    return caught.value.code


def test_the_file_has_a_name_and_a_digest_on_each_line(file: Path) -> None:
    assert [token.name for token in read(file)] == ["alice", "bob@example.org"]
    assert read(file)[0] == Token("alice", hashlib.sha256(b"token-a").digest())


@pytest.mark.parametrize(
    ("authorization", "owner"),
    [
        ("Bearer token-a", "alice"),
        ("bearer token-b", "bob@example.org"),
        ("BEARER   token-a ", "alice"),
        (f"Basic {b64('alice:token-a')}", "alice"),
        (f"basic {b64(':token-b')}", "bob@example.org"),
    ],
)
def test_a_token_names_its_owner(file: Path, authorization: str, owner: str) -> None:
    assert BearerTokens(file).owner(authorization) == owner


@pytest.mark.parametrize("authorization", [None, ""])
def test_without_a_token_one_is_asked_for(file: Path, authorization: str | None) -> None:
    assert code_for(BearerTokens(file), authorization) == "token-missing"


@pytest.mark.parametrize(
    "authorization",
    [
        "Bearer token-c",
        "Bearer",
        "Bearer ",
        "Bearer token-a token-b",
        "Bearer tökén",
        f"Basic {b64('alice:token-c')}",
        f"Basic {b64('token-a')}",
        f"Basic {b64('token-a:')}",
        "Basic é",
        "Digest token-a",
        "token-a",
        f"Bearer {digest('token-a')}",
        "Bearer token-a\n",
    ],
)
def test_another_token_is_refused(file: Path, authorization: str) -> None:
    assert code_for(BearerTokens(file), authorization) == "token-invalid"


def test_the_message_names_how_a_token_is_sent(file: Path) -> None:
    for authorization in (None, "Digest token-a"):
        with pytest.raises(Problem, match=r"Authorization: Bearer \.\.\.'.*Basic"):
            BearerTokens(file).owner(authorization)


def test_without_a_file_nobody_may_contribute() -> None:
    assert code_for(BearerTokens(), "Bearer token-a") == "contributions-closed"


def test_a_token_whose_line_is_removed_is_refused_at_once(file: Path) -> None:
    tokens = BearerTokens(file)
    assert tokens.owner("Bearer token-b") == "bob@example.org"
    file.write_text(f"alice {digest('token-a')}\n")
    assert code_for(tokens, "Bearer token-b") == "token-invalid"


def test_a_file_that_breaks_later_lets_nobody_in(file: Path) -> None:
    tokens = BearerTokens(file)
    file.unlink()
    assert code_for(tokens, "Bearer token-a") == "unavailable"


@pytest.mark.parametrize(
    "line", ["alice", "alice token-a", f"al ice {digest('a')}", digest("a"), f"alice {digest('a')[:-1]}"]
)
def test_a_line_that_is_no_token_is_named_by_its_number_and_not_shown(tmp_path: Path, line: str) -> None:
    path = tmp_path / "tokens"
    path.write_text(f"bob {digest('b')}\n{line}\n")
    with pytest.raises(SettingsError) as caught:
        BearerTokens(path)
    assert str(caught.value) == (f"{path}:2: write a name, a space, and the SHA-256 of the token in hexadecimal")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        SettingsError, match=r"OPSC_TOKENS_FILE=.*missing: cannot be read; give the path of an existing text file"
    ):
        BearerTokens(tmp_path / "missing")

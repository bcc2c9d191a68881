import re
import stat
import threading
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from endpoint.auth import token_file
from endpoint.auth.token_file import SCOPES, Token
from endpoint.http.redaction import redact
from graph.settings import SettingsError

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
DIGEST = "9" * 64


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "home" / "tokens"


def only(file: Path) -> Token:
    (token,) = token_file.read(file)
    return token


def test_a_token_is_256_random_bits_behind_a_prefix_that_scanners_find(file: Path) -> None:
    made = {token_file.create(file, "alice", ["contribute"])[0] for _ in range(5)}
    assert len(made) == 5
    assert all(re.fullmatch(r"opsc_[A-Za-z0-9_-]{43}", secret) for secret in made)


def test_only_its_digest_is_kept(file: Path) -> None:
    secret, made = token_file.create(file, "alice", ["contribute", "update"], date(2027, 1, 31))
    assert secret.removeprefix("opsc_") not in file.read_text()
    assert (
        only(file)
        == made
        == Token(
            "alice", token_file.digest(secret), frozenset({"contribute", "update"}), made.created, date(2027, 1, 31)
        )
    )


def test_the_file_can_be_read_by_its_owner_alone(file: Path) -> None:
    token_file.create(file, "alice", ["contribute"])
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.chmod(0o644)
    token_file.revoke(file, "alice")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_change_keeps_every_other_line_as_it_is(file: Path) -> None:
    file.parent.mkdir()
    file.write_text(f"# who may contribute\n\nold {DIGEST.upper()}   \nbob {'8' * 64}")
    token_file.create(file, "alice", ["update"])
    token_file.revoke(file, "bob")
    lines = file.read_text().splitlines()
    assert lines[:3] == ["# who may contribute", "", f"old {DIGEST.upper()}   "]
    assert lines[3].startswith(f"bob {'8' * 64} revoked=20")
    assert lines[4].startswith("alice ")


def test_nothing_is_left_beside_the_file(file: Path) -> None:
    token_file.create(file, "alice", ["contribute"])
    assert {path.name for path in file.parent.iterdir()} == {"tokens", ".tokens.lock"}


def test_changes_at_once_are_all_kept(file: Path) -> None:
    making = [threading.Thread(target=token_file.create, args=(file, f"n{n}", ["update"])) for n in range(12)]
    for thread in making:
        thread.start()
    for thread in making:
        thread.join()
    assert {token.name for token in token_file.read(file)} == {f"n{n}" for n in range(12)}


def test_a_line_without_scopes_has_those_that_it_always_had(file: Path) -> None:
    file.parent.mkdir()
    file.write_text(f"alice {DIGEST}\n")
    assert only(file).scopes == {"contribute", "update"}
    assert only(file).state(NOW) == "active"


def test_a_revoked_name_loses_all_its_tokens_and_an_id_only_one(file: Path) -> None:
    for _ in range(3):
        token_file.create(file, "alice", ["contribute"])
    first, *_ = token_file.read(file)
    assert [one.id for one in token_file.revoke(file, first.id)] == [first.id]
    assert len(token_file.revoke(file, "alice")) == 2
    assert {token.state(NOW) for token in token_file.read(file)} == {"revoked"}


def test_what_is_not_there_or_revoked_already_cannot_be_revoked(file: Path) -> None:
    token_file.create(file, "alice", ["contribute"])
    token_file.revoke(file, "alice")
    for which in ("alice", "bob"):
        with pytest.raises(SettingsError, match=f"no token '{which}' that is not revoked yet"):
            token_file.revoke(file, which)


@pytest.mark.parametrize(
    ("day", "state"), [("2026-11-26", "active"), ("2026-11-25", "active"), ("2026-11-24", "expired")]
)
def test_the_day_of_expiry_is_the_last_one(day: str, state: str) -> None:
    assert Token("alice", b"", expires=date.fromisoformat(day)).state(NOW) == state


@pytest.mark.parametrize(
    "rest",
    [
        "scopes=everything",
        "scopes=",
        "expires=tomorrow",
        "created=2026-11-25",
        "revoked=yes",
        "revoked=2026-11-25T12:00:00Z revoked=2026-11-25T12:00:00Z",
        "owner=bob",
        "update",
    ],
)
def test_a_line_with_fields_that_cannot_be_read_is_named_and_not_shown(file: Path, rest: str) -> None:
    file.parent.mkdir()
    file.write_text(f"alice {DIGEST} {rest}\n")
    with pytest.raises(SettingsError) as caught:
        token_file.read(file)
    assert str(caught.value) == (
        f"{file}:1: after the SHA-256 write scopes=, created=, expires= and revoked=, each once, as "
        "'opsc token create' does"
    )


@pytest.mark.parametrize("name", ["", "al ice", "-alice", "a" * 65, "alice\n", "évelyne"])
def test_a_name_that_cannot_stand_in_a_line_is_refused(file: Path, name: str) -> None:
    with pytest.raises(SettingsError, match="is not a valid name"):
        token_file.create(file, name, ["contribute"])
    assert not file.exists()


@pytest.mark.parametrize("scopes", [[], ["contribute", "everything"]])
def test_a_scope_that_is_none_is_refused(file: Path, scopes: list[str]) -> None:
    with pytest.raises(SettingsError, match="write scopes out of contribute, update, retract-any"):
        token_file.create(file, "alice", scopes)


def test_every_scope_can_be_given(file: Path) -> None:
    token_file.create(file, "alice", SCOPES)
    assert only(file).scopes == set(SCOPES)


@pytest.mark.parametrize("text", ["opsc_statements_of_states_parties_2024_and_others", "opsc_short", "token"])
def test_what_only_begins_like_a_token_stays_in_a_text(text: str) -> None:
    assert redact(f"https://e.org/{text}") == f"https://e.org/{text}"


def test_a_token_in_a_text_is_replaced(file: Path) -> None:
    secret, _ = token_file.create(file, "alice", ["contribute"])
    assert redact(f"/x/{secret}?a={secret}&b") == "/x/opsc_[redacted]?a=opsc_[redacted]&b"

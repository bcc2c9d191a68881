"""``opsc token`` through real processes."""

import json
import re
import stat
from pathlib import Path

import pytest

from tests.opsc.test_cli import opsc, refused


def listed(home: Path) -> list[dict[str, object]]:
    done = opsc(home, "token", "list", "--json")
    assert done.returncode == 0, done.stderr
    found: list[dict[str, object]] = json.loads(done.stdout)
    return found


def test_a_token_is_printed_once_and_alone(tmp_path: Path) -> None:
    done = opsc(tmp_path, "token", "create", "alice")
    assert re.fullmatch(r"opsc_[A-Za-z0-9_-]{43}\n", done.stdout)
    assert "shown only once" in done.stderr
    token = done.stdout.strip()
    assert stat.S_IMODE((tmp_path / "tokens").stat().st_mode) == 0o600
    for shown in (opsc(tmp_path, "token", "list"), opsc(tmp_path, "token", "list", "--json")):
        assert token not in shown.stdout
        assert "alice" in shown.stdout


def test_the_list_says_what_a_token_allows_and_until_when(tmp_path: Path) -> None:
    options = ("--scope", "update", "--scope", "contribute", "--expires", "2099-12-31", "--json")
    made = json.loads(opsc(tmp_path, "token", "create", "alice", *options).stdout)
    assert made.pop("token").startswith("opsc_")
    assert listed(tmp_path) == [made]
    assert (made["scopes"], made["expires"], made["state"]) == (["contribute", "update"], "2099-12-31", "active")


def test_without_a_choice_a_token_may_contribute_and_no_more(tmp_path: Path) -> None:
    opsc(tmp_path, "token", "create", "alice")
    assert listed(tmp_path)[0]["scopes"] == ["contribute"]


def test_a_revoked_token_stays_in_the_list(tmp_path: Path) -> None:
    opsc(tmp_path, "token", "create", "alice")
    assert opsc(tmp_path, "token", "revoke", "alice").stdout.endswith(" of alice revoked\n")
    (one,) = listed(tmp_path)
    assert (one["state"], one["revoked"] is None) == ("revoked", False)


def test_without_tokens_the_list_is_empty(tmp_path: Path) -> None:
    assert listed(tmp_path) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("create", "al ice"), "opsc: 'al ice' is not a valid name; write up to 64 letters, digits"),
        (("create", "alice", "--expires", "2020-01-01"), "2020-01-01 is in the past"),
        (("create", "alice", "--scope", "everything"), "'everything' is not one of"),
        (("revoke", "alice"), "opsc: no token 'alice' that is not revoked yet; see 'opsc token list'"),
    ],
)
def test_what_cannot_be_is_one_clear_message(tmp_path: Path, arguments: tuple[str, ...], message: str) -> None:
    assert message in refused(opsc(tmp_path, "token", *arguments))

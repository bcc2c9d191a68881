"""Tokens over real sockets: made by the command line while the server runs, for one thing each, never shown again."""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from endpoint.auth import bearer, token_file
from endpoint.auth.bearer import BearerTokens
from tests.endpoint.api.test_contributions import law, problem, read, retract, submit
from tests.endpoint.api.test_update import insert
from tests.endpoint.conftest import Reply, Server, running, small_release
from tests.endpoint.server.test_server import opsc
from tests.endpoint.writing import update, write

YESTERDAY = "2020-01-01"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("scoped")
    small_release(path)
    return path


@pytest.fixture(scope="module")
def desk(folder: Path) -> Iterator[Server]:
    made(folder, "first")
    with running(folder, OPSC_WORKERS="2") as server:
        yield server


def made(folder: Path, name: str, *scopes: str) -> str:
    """Return a token that the command line made."""
    given = [part for scope in scopes for part in ("--scope", scope)]
    done = opsc(folder, "token", "create", name, *given)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def challenge(reply: Reply) -> str:
    return str(reply.headers["WWW-Authenticate"])


def test_a_token_made_while_the_server_runs_works_at_once(desk: Server, folder: Path) -> None:
    reply = submit(desk, law("at-once"), by=made(folder, "alice"))
    assert reply.status == 201
    assert read(desk, reply.headers["Location"])["who"] == "alice"


def test_a_revoked_token_is_refused_at_once(desk: Server, folder: Path) -> None:
    token = made(folder, "revoked")
    assert submit(desk, law("before"), by=token).status == 201
    assert opsc(folder, "token", "revoke", "revoked").returncode == 0
    reply = submit(desk, law("after"), by=token)
    assert problem(reply) == (401, "token-revoked")
    assert challenge(reply) == 'Bearer realm="opsc", error="invalid_token"'


def test_an_expired_token_is_refused_and_told_since_when(desk: Server, folder: Path) -> None:
    token = made(folder, "expired")
    file = folder / "tokens"
    file.write_text(file.read_text().rstrip() + f" expires={YESTERDAY}\n")
    reply = submit(desk, law("late"), by=token)
    assert problem(reply) == (401, "token-expired")
    assert YESTERDAY in json.loads(reply.body)["detail"]


def test_a_token_works_only_for_its_scopes(desk: Server, folder: Path) -> None:
    contributes, updates = made(folder, "contributes", "contribute"), made(folder, "updates", "update")
    assert submit(desk, law("scoped"), by=contributes).status == 201
    assert update(desk, insert("scoped", "http://e/scoped"), by=updates).status == 200
    refused = [
        submit(desk, law("x"), by=updates),
        update(desk, insert("x"), by=contributes),
        *(write(desk, method, "http://e/x", "", by=contributes) for method in ("PUT", "POST", "DELETE")),
    ]
    assert [problem(reply) for reply in refused] == [(403, "scope-missing")] * 5
    assert {challenge(reply) for reply in refused} == {'Bearer realm="opsc", error="insufficient_scope"'}


def test_what_is_refused_for_its_scope_is_not_recorded(desk: Server, folder: Path) -> None:
    token = made(folder, "reader", "retract-any")
    assert problem(submit(desk, law("unrecorded"), by=token)) == (403, "scope-missing")
    assert read(desk, "/contributions?who=reader")["contributions"] == []


def test_who_may_retract_anything_retracts_what_others_sent(desk: Server, folder: Path) -> None:
    path = submit(desk, law("theirs"), by=made(folder, "sender")).headers["Location"]
    assert problem(retract(desk, path, made(folder, "other", "contribute", "update"))) == (403, "not-yours")
    assert retract(desk, path, made(folder, "editor", "retract-any")).status == 200
    assert read(desk, path)["retractedBy"] == "editor"


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer a b", "Basic {}", "{}", "Bearer={}", "Bearer {}x", 'Bearer "{}"', "Token {}"]
)
def test_a_header_that_is_none_lets_nobody_in(desk: Server, folder: Path, header: str) -> None:
    token = made(folder, "malformed")
    reply = submit(desk, law("x"), by=None, Authorization=header.format(token))
    assert problem(reply) == (401, "token-invalid")
    assert token.encode() not in reply.body


@pytest.mark.parametrize("place", ["&access_token={}", "&token={}", "&licence=https://e.org/{}", "&x=opsc%5F{}"])
def test_a_token_in_the_url_is_refused_and_not_shown(desk: Server, folder: Path, place: str) -> None:
    token = made(folder, "in-url")
    for by in (None, token):
        secret = token.removeprefix("opsc_") if "%5F" in place else token
        reply = submit(desk, law("x"), place.format(secret), by=by)
        assert problem(reply) == (400, "token-in-url")
        assert token.encode() not in reply.body


def test_no_error_answer_shows_a_token(desk: Server, folder: Path) -> None:
    token = made(folder, "shown", "contribute")
    replies = [
        desk.request("GET", f"/{token}"),
        desk.request("POST", "/contributions?source=x", b"", Authorization=f"Bearer {token}", Content_Type=token),
        desk.request("GET", f"/sparql?query=SELECT%20{token}"),
        desk.request("GET", f"/sparql?query=ASK%7B%7D&format={token}"),
        desk.request("GET", f"/data?graph={token}"),
        desk.request("GET", "/sparql?query=ASK%7B%7D", Accept=token),
        desk.request("GET", "/contributions", Authorization=f"Bearer {token}"),
    ]
    for reply in replies:
        assert token.encode() not in reply.body
        assert token not in str(reply.headers)


def test_the_first_token_opens_a_server_that_runs(tmp_path: Path) -> None:
    small_release(tmp_path)
    with running(tmp_path, OPSC_WORKERS="1") as server:
        assert problem(submit(server, law("closed"))) == (403, "contributions-closed")
        token = made(tmp_path, "first")
        assert submit(server, law("open"), by=token).status == 201


def test_a_token_is_compared_with_every_line(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = folder / "compared"
    secrets = [token_file.create(file, f"n{n}", ["contribute"])[0] for n in range(4)]
    compared: list[bytes] = []
    real = bearer.hmac.compare_digest

    def watched(line: bytes, given: bytes) -> bool:
        compared.append(line)
        return real(line, given)

    monkeypatch.setattr(bearer.hmac, "compare_digest", watched)
    for secret in (secrets[0], secrets[3], "opsc_unknown"):
        compared.clear()
        with contextlib.suppress(bearer.Problem):
            BearerTokens(file).owner(f"Bearer {secret}")
        assert compared == [token.digest for token in token_file.read(file)]

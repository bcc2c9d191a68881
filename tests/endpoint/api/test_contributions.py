"""Contributions over HTTP: with a token only, recorded whatever comes of them, and seen by every query once let in."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.described import body
from tests.endpoint import multipart
from tests.endpoint.auth.test_bearer import digest
from tests.endpoint.conftest import Reply, Server, running, small_release
from tests.endpoint.multipart import Part
from tests.endpoint.server.test_server import opsc
from tests.endpoint.serving.test_snapshot import served_version
from tests.polling import eventually

SOURCE = "https://example.org/gazette/1"
LABEL = "http://www.w3.org/2004/02/skos/core#prefLabel"
UNREADABLE = b"<http://e/law> <http://e/p> nonsense .\n"
# A ratification without instrument, participant and date.
REFUSED = b"@prefix opsc: <https://w3id.org/opsc/ns#> .\n<http://e/act> a opsc:Ratification .\n"


@pytest.fixture(scope="module")
def contributed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("contributed")
    small_release(folder)
    (folder / "tokens").write_text(f"alice {digest('token-a')}\nbob {digest('token-b')}\n")
    return folder


@pytest.fixture(scope="module")
def desk(contributed: Path) -> Iterator[Server]:
    tokens = str(contributed / "tokens")
    limits = {"OPSC_WORKERS": "2", "OPSC_UPLOAD_BYTES": "200000", "OPSC_WATCH_SECONDS": "0.1"}
    with running(contributed, OPSC_TOKENS_FILE=tokens, **limits) as started:
        yield started


def law(name: str) -> bytes:
    return body(f"http://e/law/{name}", f"The law {name}").encode()


def submit(server: Server, data: bytes, query: str = "", by: str | None = "token-a", **headers: str) -> Reply:
    given = {} if by is None else {"Authorization": f"Bearer {by}"}
    path = f"/contributions?source={quote(SOURCE)}{query}"
    return server.request("POST", path, data, **{"Content_Type": "text/turtle", **given, **headers})


def read(server: Server, path: str) -> dict[str, object]:
    reply = server.request("GET", path)
    assert reply.status == 200, reply.body
    content: dict[str, object] = json.loads(reply.body)
    return content


def retract(server: Server, path: str, by: str = "token-a") -> Reply:
    return server.request("DELETE", path, Authorization=f"Bearer {by}")


def problem(reply: Reply) -> tuple[int, str]:
    assert reply.content_type == "application/problem+json", reply.body
    return reply.status, json.loads(reply.body)["code"]


def sees(server: Server, name: str) -> set[bool]:
    """Return what several queries at once say: whether the law is in the graph."""
    seen: set[bool] = set()

    def ask() -> None:
        reply = server.ask(f"ASK {{ <http://e/law/{name}> ?p ?o . GRAPH ?g {{ <http://e/law/{name}> ?p ?o }} }}")
        seen.add(json.loads(reply.body)["boolean"])

    asking = [threading.Thread(target=ask) for _ in range(8)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    return seen


def test_what_is_let_in_is_seen_by_every_query_when_the_answer_comes(desk: Server) -> None:
    before = served_version(desk)
    reply = submit(desk, law("seen"), "&licence=https://example.org/licence")
    assert sees(desk, "seen") == {True}
    assert reply.status == 201
    record = json.loads(reply.body)
    assert reply.headers["Location"] == record["url"] == f"/contributions/{record['number']}"
    assert record["version"] == served_version(desk) != before
    assert record == read(desk, record["url"]) | {}
    assert record["graph"] == f"https://w3id.org/opsc/graph/contribution/{record['number']}"
    assert {key: record[key] for key in ("who", "source", "licence", "mediaType", "accepted")} == {
        "who": "alice",
        "source": SOURCE,
        "licence": "https://example.org/licence",
        "mediaType": "text/turtle",
        "accepted": True,
    }
    assert record["report"]["conforms"] is True


def test_a_form_and_headers_do_as_well(desk: Server) -> None:
    content = multipart.body(Part("data", law("form"), "application/octet-stream", "law.ttl"))
    reply = desk.request(
        "POST",
        "/contributions",
        content,
        Content_Type=multipart.CONTENT_TYPE,
        Authorization="Bearer token-b",
        Contribution_Source=SOURCE,
        Contribution_Licence="https://example.org/licence",
    )
    assert reply.status == 201
    record = json.loads(reply.body)
    assert (record["who"], record["fileName"], record["source"]) == ("bob", "law.ttl", SOURCE)


def test_data_that_do_not_conform_are_refused_with_the_report_and_kept(desk: Server) -> None:
    version = served_version(desk)
    reply = submit(desk, REFUSED, "&lang=fr", Accept="text/plain")
    assert (reply.status, reply.content_type) == (422, "text/plain; charset=utf-8")
    assert (reply.headers["OPSC-Conforms"], reply.headers["Content-Language"]) == ("false", "fr")
    assert reply.body.decode().startswith("Non conforme")
    assert "body:2:" in reply.body.decode()
    record = read(desk, reply.headers["Location"])
    assert (record["accepted"], record["reason"], record["graph"]) == (False, "not-conforming", None)
    assert record["report"]["conforms"] is False  # type: ignore[index]
    again = desk.request("GET", f"{record['url']}/report?format=json")
    assert (again.status, again.headers["OPSC-Conforms"]) == (200, "false")
    assert json.loads(again.body)["conforms"] is False
    assert served_version(desk) == version


@pytest.mark.parametrize(
    ("data", "media_type", "reason"),
    [
        (UNREADABLE, "text/turtle", "malformed"),
        (b'<http://e/a> <http://e/p> "\xff" .', "text/turtle", "wrong-encoding"),
        (b"<a> <b> <c> .", "text/turtle", "relative-iri"),
        (b"<!DOCTYPE x [<!ENTITY a 'b'>]><x/>", "application/rdf+xml", "doctype"),
        (b'{"@context": "http://127.0.0.1:1/", "a": 1}', "application/ld+json", "remote-context"),
        (b"<http://e/s> <http://e/p> <http://e/o> <http://e/a> .", "application/n-quads", "foreign-graph"),
        (b"<https://w3id.org/opsc/ns#Treaty> <http://e/p> <http://e/o> .", "text/turtle", "reserved"),
        (b"# nothing", "text/turtle", "empty"),
    ],
)
def test_data_that_cannot_be_used_are_refused_with_a_stable_reason_and_kept(
    desk: Server, data: bytes, media_type: str, reason: str
) -> None:
    reply = submit(desk, data, Content_Type=media_type)
    assert problem(reply) == (422, "contribution-refused")
    answer = json.loads(reply.body)
    assert answer["reason"] == reason
    record = read(desk, reply.headers["Location"])
    assert (record["number"], record["reason"], record["accepted"]) == (answer["number"], reason, False)
    received = desk.request("GET", str(record["bytes"]))
    assert (received.status, received.body, received.content_type.partition(";")[0]) == (200, data, media_type)
    assert problem(desk.request("GET", f"{record['url']}/report")) == (404, "report-missing")


def test_bytes_come_back_as_they_were_and_only_as_a_download(desk: Server) -> None:
    data = b"\xef\xbb\xbf# <script>\r\n" + law("bytes") + b"\x20\x20"
    path = submit(desk, data).headers["Location"]
    reply = desk.request("GET", f"{path}/bytes")
    assert (reply.status, reply.body) == (200, data)
    number = path.rpartition("/")[2]
    assert reply.headers["Content-Disposition"] == f'attachment; filename="contribution-{number}.ttl"'
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert reply.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"


@pytest.mark.parametrize(
    ("token", "code"), [(None, "token-missing"), ("token-c", "token-invalid"), (digest("token-a"), "token-invalid")]
)
def test_without_a_token_nothing_is_recorded(desk: Server, token: str | None, code: str) -> None:
    before = read(desk, "/contributions?limit=1000")
    reply = submit(desk, law("token"), by=token)
    assert problem(reply) == (401, code)
    assert reply.headers["WWW-Authenticate"].startswith('Bearer realm="opsc"')
    assert read(desk, "/contributions?limit=1000") == before


@pytest.mark.parametrize(
    ("path", "headers", "expected"),
    [
        ("/contributions", {}, (400, "source-missing")),
        ("/contributions?source=gazette", {}, (400, "parameter-invalid")),
        ("/contributions?source=http://e/&licence=free", {}, (400, "parameter-invalid")),
        ("/contributions?source=http://e/", {"Content_Type": "text/csv"}, (415, "media-type-unsupported")),
        ("/contributions?source=http://e/", {"Content_Encoding": "gzip"}, (415, "media-type-unsupported")),
        ("/contributions?source=http://e/&format=pdf", {}, (406, "format-unknown")),
        ("/contributions?source=http://e/", {"Accept": "image/png"}, (406, "not-acceptable")),
    ],
)
def test_a_request_that_cannot_be_met_is_a_problem_and_not_recorded(
    desk: Server, path: str, headers: dict[str, str], expected: tuple[int, str]
) -> None:
    before = read(desk, "/contributions?limit=1000")
    sent = {"Content_Type": "text/turtle", "Authorization": "Bearer token-a", **headers}
    assert problem(desk.request("POST", path, law("request"), **sent)) == expected
    assert read(desk, "/contributions?limit=1000") == before


def test_a_list_is_filtered_and_paged(desk: Server) -> None:
    numbers = [json.loads(submit(desk, law(f"list-{n}"), by="token-b").body)["number"] for n in range(3)]
    submit(desk, UNREADABLE, by="token-b")
    beginning = f"/contributions?who=bob&accepted=true&after={numbers[0] - 1}&limit=2"
    first = read(desk, beginning)
    assert [one["number"] for one in first["contributions"]] == numbers[:2]  # type: ignore[attr-defined]
    second = read(desk, str(first["next"]))
    assert [one["number"] for one in second["contributions"]] == numbers[2:]  # type: ignore[attr-defined]
    assert second["next"] is None
    refused = read(desk, f"/contributions?who=bob&accepted=false&after={numbers[-1]}")
    assert [one["reason"] for one in refused["contributions"]] == ["malformed"]  # type: ignore[attr-defined]


@pytest.mark.parametrize("query", ["accepted=perhaps", "after=-1", "after=x", "limit=0", "limit=1001", "limit=%C2%B2"])
def test_a_filter_that_cannot_be_is_a_problem(desk: Server, query: str) -> None:
    assert problem(desk.request("GET", f"/contributions?{query}")) == (400, "parameter-invalid")


@pytest.mark.parametrize(
    "path", ["/contributions/999999", "/contributions/999999/bytes", "/contributions/999999/report"]
)
def test_a_number_that_was_never_given_is_a_problem(desk: Server, path: str) -> None:
    assert problem(desk.request("GET", path)) == (404, "contribution-unknown")
    assert problem(retract(desk, "/contributions/999999")) == (404, "contribution-unknown")


def test_what_is_retracted_is_seen_by_no_query_and_the_record_stays(desk: Server) -> None:
    path = submit(desk, law("retracted")).headers["Location"]
    version = served_version(desk)
    reply = retract(desk, path)
    assert sees(desk, "retracted") == {False}
    assert reply.status == 200
    record = read(desk, path)
    assert json.loads(reply.body) == record
    assert (record["retractedBy"], record["accepted"]) == ("alice", True)
    assert served_version(desk) != version
    assert desk.request("GET", f"{path}/bytes").body == law("retracted")
    again = retract(desk, path)
    assert problem(again) == (409, "retraction-refused")
    assert json.loads(again.body)["reason"] == "already-retracted"


def test_only_who_sent_it_retracts_it(desk: Server) -> None:
    path = submit(desk, law("mine")).headers["Location"]
    assert problem(retract(desk, path, "token-b")) == (403, "not-yours")
    assert problem(retract(desk, path, "token-c")) == (401, "token-invalid")
    assert problem(desk.request("DELETE", path)) == (401, "token-missing")
    assert sees(desk, "mine") == {True}


def test_a_refused_submission_cannot_be_retracted(desk: Server) -> None:
    path = submit(desk, UNREADABLE).headers["Location"]
    reply = retract(desk, path)
    assert (problem(reply), json.loads(reply.body)["reason"]) == ((409, "retraction-refused"), "not-accepted")


def test_submissions_at_once_are_all_decided(desk: Server) -> None:
    replies: dict[int, Reply] = {}

    def send(number: int) -> None:
        replies[number] = submit(desk, law(f"at-once-{number}"))

    sending = [threading.Thread(target=send, args=(number,)) for number in range(4)]
    for thread in sending:
        thread.start()
    for thread in sending:
        thread.join()
    assert [reply.status for reply in replies.values()] == [201] * 4
    assert len({json.loads(reply.body)["version"] for reply in replies.values()}) == 4
    assert all(sees(desk, f"at-once-{number}") == {True} for number in replies)


def test_a_contribution_by_the_command_line_is_noticed(desk: Server, contributed: Path, tmp_path: Path) -> None:
    file = tmp_path / "law.ttl"
    file.write_bytes(law("command-line"))
    done = opsc(contributed, "contribute", str(file), "--source", SOURCE)
    assert done.returncode == 0, done.stderr
    assert eventually(lambda: sees(desk, "command-line") == {True})


def test_without_tokens_nobody_contributes(home: Path) -> None:
    with running(home, OPSC_WORKERS="1") as server:
        assert problem(submit(server, law("closed"))) == (403, "contributions-closed")
        assert read(server, "/contributions") == {"contributions": [], "next": None}


def test_a_token_file_that_cannot_be_used_is_one_line_and_exit_code_2(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "tokens"
    path.write_text("alice secret\n")
    done = opsc(home, "serve", OPSC_TOKENS_FILE=str(path))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"opsc: {path}:1: write a name, a space, and the SHA-256 of the token in hexadecimal\n"


def test_no_token_is_logged(contributed: Path) -> None:
    tokens = str(contributed / "tokens")
    with running(contributed, OPSC_TOKENS_FILE=tokens, OPSC_VALIDATION_SECONDS="0.1", OPSC_WORKERS="1") as server:
        for token in ("token-a", "token-wrong"):
            submit(server, law("logged") * 20, by=token)
        server.process.terminate()
        out, err = server.process.communicate(timeout=30)
    for token in ("token-a", "token-wrong"):
        assert token not in out + err

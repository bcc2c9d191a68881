"""Asking again: the same answer at once, 304 for who has it, compressed for who wants that, and never a stale one."""

import gzip
import json
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlencode

import brotli
import pytest
import zstandard

from tests.endpoint.conftest import Reply, Server, running, small_release
from tests.endpoint.serving.test_snapshot import release_number, served_version
from tests.polling import eventually

FORM = "application/x-www-form-urlencoded"
# A blank node is another one at each evaluation: the same bytes twice are an answer that was kept.
TELLING = "SELECT (BNODE() AS ?node) {}"
ROWS = "SELECT * { ?s ?p ?o }"

Start = Callable[..., AbstractContextManager[Server]]


@pytest.fixture(scope="module")
def keeping(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("keeping")
    small_release(home)
    # Processes that come from one another may make the same blank nodes.
    with running(home, OPSC_WORKERS="1") as server:
        # A time in the future is left out: the version counts as modified in the second after its release.
        assert eventually(lambda: "Last-Modified" in get(server, "ASK {}").headers)
        yield server


def get(server: Server, query: str, method: str = "GET", **headers: str) -> Reply:
    return server.request(method, f"/sparql?{urlencode({'query': query})}", **headers)


def test_the_same_query_gets_the_same_bytes(keeping: Server) -> None:
    assert get(keeping, TELLING).body == get(keeping, TELLING).body


def test_get_and_both_forms_of_post_share_one_answer(keeping: Server) -> None:
    query = "SELECT (BNODE() AS ?shared) {}"
    by_get = get(keeping, query)
    by_form = keeping.request("POST", "/sparql", urlencode({"query": query}).encode(), Content_Type=FORM)
    by_body = keeping.request("POST", "/sparql", query.encode(), Content_Type="application/sparql-query")
    assert by_get.status == by_form.status == by_body.status == 200
    assert by_get.body == by_form.body == by_body.body


@pytest.mark.parametrize("function", ["NOW()", "rand()", "UUID()", "STRUUID()"])
def test_what_is_ever_new_is_evaluated_each_time(keeping: Server, function: str) -> None:
    query = f"SELECT (BNODE() AS ?node) ({function} AS ?new) {{}}"
    first, second = get(keeping, query), get(keeping, query)
    assert first.status == second.status == 200
    assert first.body != second.body
    assert "ETag" not in first.headers


@pytest.mark.parametrize(
    "parameters",
    [{"default-graph-uri": "http://e/a"}, {"named-graph-uri": "http://e/a"}, {"format": "xml"}],
    ids=lambda given: next(iter(given)),
)
def test_what_determines_an_answer_tells_it_apart(keeping: Server, parameters: dict[str, str]) -> None:
    plain, other = keeping.ask(TELLING), keeping.ask(TELLING, **parameters)
    assert plain.body != other.body
    assert plain.headers["ETag"] != other.headers["ETag"]
    assert keeping.ask(TELLING, **parameters).body == other.body


def test_a_parameter_that_no_route_reads_makes_no_other_entry(keeping: Server) -> None:
    assert keeping.ask(TELLING, x="1").body == keeping.ask(TELLING).body
    known, unknown = (keeping.request("GET", f"/data?default{more}") for more in ("", "&x=1"))
    assert (known.status, known.body) == (unknown.status, unknown.body)
    assert known.headers["Cache-Control"].startswith("public")
    assert unknown.headers["Cache-Control"] == "no-cache"


def test_each_format_is_kept_apart(keeping: Server) -> None:
    as_csv, as_json = keeping.ask(TELLING, accept="text/csv"), keeping.ask(TELLING, accept="application/json")
    assert as_csv.content_type.startswith("text/csv")
    assert as_json.content_type == "application/json"
    assert keeping.ask(TELLING, accept="image/png, text/csv;q=0.9").body == as_csv.body


def test_accept_on_several_lines_is_negotiated_as_one(keeping: Server) -> None:
    keeping.ask(TELLING, accept="text/turtle")
    head = f"GET /sparql?{urlencode({'query': TELLING})} HTTP/1.1\r\nHost: e\r\nConnection: close\r\n"
    for last, expected in (("text/csv", b"content-type: text/csv"), ("image/png", b" 406 ")):
        with socket.create_connection(("127.0.0.1", keeping.port), timeout=30) as connection:
            connection.sendall(f"{head}Accept: text/turtle\r\nAccept: {last}\r\n\r\n".encode())
            with connection.makefile("rb") as answer:
                assert expected in answer.read()


def test_an_error_is_not_kept(keeping: Server) -> None:
    first, second = get(keeping, "SELECT"), get(keeping, "SELECT")
    assert (first.status, second.status) == (400, 400)
    assert json.loads(first.body)["request_id"] != json.loads(second.body)["request_id"]


def test_each_answer_has_a_request_id_of_its_own(keeping: Server) -> None:
    first, second = get(keeping, TELLING), get(keeping, TELLING)
    assert first.headers["X-Request-ID"] != second.headers["X-Request-ID"]


def test_a_kept_answer_has_the_headers_of_every_answer(keeping: Server) -> None:
    get(keeping, TELLING)
    kept = get(keeping, TELLING).headers
    assert kept["X-Content-Type-Options"] == "nosniff"
    assert kept["Access-Control-Allow-Origin"] == "*"
    assert kept["Cache-Control"] == "public, no-cache"
    assert kept["Vary"] == "Accept, Accept-Encoding"
    assert parsedate_to_datetime(kept["Last-Modified"]) <= parsedate_to_datetime(kept["Date"])


def test_head_has_the_headers_of_get(keeping: Server) -> None:
    for query in (ROWS, "ASK {}"):
        head, whole = get(keeping, query, "HEAD"), get(keeping, query)
        assert (head.status, head.body) == (200, b"")
        assert head.headers["Content-Length"] == whole.headers["Content-Length"] == str(len(whole.body))
        assert head.headers["ETag"] == whole.headers["ETag"]


def test_head_of_the_service_description_has_its_length(keeping: Server) -> None:
    head, whole = keeping.request("HEAD", "/sparql"), keeping.request("GET", "/sparql")
    assert head.headers["Content-Length"] == str(len(whole.body))
    assert whole.headers["ETag"]


@pytest.mark.parametrize("tag", ["{0}", "W/{0}", '"other", {0}', '"a,b" , W/"c",{0}', "*"])
def test_who_has_the_answer_gets_304(keeping: Server, tag: str) -> None:
    whole = get(keeping, ROWS)
    reply = get(keeping, ROWS, If_None_Match=tag.format(whole.headers["ETag"]))
    assert (reply.status, reply.body) == (304, b"")
    for name in ("ETag", "Cache-Control", "Vary", "Last-Modified"):
        assert reply.headers[name] == whole.headers[name]
    assert "Content-Type" not in reply.headers


@pytest.mark.parametrize("tag", ['"other"', "other", '""', '"{0}'])
def test_who_has_another_answer_gets_this_one(keeping: Server, tag: str) -> None:
    whole = get(keeping, ROWS)
    assert get(keeping, ROWS, If_None_Match=tag.format(whole.headers["ETag"])).body == whole.body


def test_the_first_answer_is_conditional_too(start: Start) -> None:
    with start() as server:
        tag = get(server, "ASK {}").headers["ETag"]
    with start() as server:
        assert get(server, "ASK {}", If_None_Match=tag).status == 304


def test_a_tag_counts_more_than_a_date(keeping: Server) -> None:
    date = get(keeping, ROWS).headers["Last-Modified"]
    assert get(keeping, ROWS, If_Modified_Since=date).status == 304
    assert get(keeping, ROWS, If_Modified_Since="Thu, 01 Jan 2015 00:00:00 GMT").status == 200
    for invalid in ("yesterday", f"Mon, {10**20} Jan 2000 00:00:00 GMT"):
        assert get(keeping, ROWS, If_Modified_Since=invalid).status == 200
    assert get(keeping, ROWS, If_None_Match='"other"', If_Modified_Since=date).status == 200


def test_a_precondition_that_fails_is_a_problem(keeping: Server) -> None:
    tag = get(keeping, ROWS).headers["ETag"]
    failed = get(keeping, ROWS, If_Match='"other"')
    assert (failed.status, json.loads(failed.body)["code"]) == (412, "precondition-failed")
    assert get(keeping, ROWS, If_Match=tag).status == 200
    assert get(keeping, ROWS, If_Unmodified_Since="Thu, 01 Jan 2015 00:00:00 GMT").status == 412


def test_conditions_do_not_count_for_a_query_by_post(keeping: Server) -> None:
    body = urlencode({"query": ROWS}).encode()
    assert keeping.request("POST", "/sparql", body, Content_Type=FORM, If_None_Match="*").status == 200


@pytest.mark.parametrize(
    ("accepted", "coding", "decoded"),
    [
        ("gzip", "gzip", gzip.decompress),
        ("br", "br", brotli.decompress),
        ("zstd", "zstd", lambda content: zstandard.ZstdDecompressor().decompress(content)),
        ("gzip;q=0.5, br;q=0.8, identity;q=0.1", "br", brotli.decompress),
        ("gzip, deflate, br, zstd", "zstd", lambda content: zstandard.ZstdDecompressor().decompress(content)),
    ],
)
def test_an_answer_is_compressed_when_asked(
    keeping: Server, accepted: str, coding: str, decoded: Callable[[bytes], bytes]
) -> None:
    plain = get(keeping, ROWS)
    for _ in range(2):
        coded = get(keeping, ROWS, Accept_Encoding=accepted)
        assert coded.headers["Content-Encoding"] == coding
        assert len(coded.body) < len(plain.body)
        assert decoded(coded.body) == plain.body
        assert coded.headers["ETag"] == plain.headers["ETag"][:-1] + f'-{coding}"'
    assert get(keeping, ROWS, Accept_Encoding=accepted, If_None_Match=coded.headers["ETag"]).status == 304
    assert get(keeping, ROWS, Accept_Encoding=accepted, If_None_Match=plain.headers["ETag"]).status == 200


@pytest.mark.parametrize("accepted", ["", "identity", "gzip;q=0", "deflate", "gzip;q=0.5, identity"])
def test_an_answer_is_left_plain_when_that_is_wanted(keeping: Server, accepted: str) -> None:
    reply = get(keeping, ROWS, Accept_Encoding=accepted)
    assert "Content-Encoding" not in reply.headers
    assert json.loads(reply.body)["head"]


def test_a_tiny_answer_is_compressed_only_for_who_cannot_take_it_plain(keeping: Server) -> None:
    assert "Content-Encoding" not in get(keeping, "ASK {}", Accept_Encoding="gzip").headers
    coded = get(keeping, "ASK {}", Accept_Encoding="gzip, identity;q=0")
    assert json.loads(gzip.decompress(coded.body))["boolean"] is True


def test_who_accepts_no_form_gets_406(keeping: Server) -> None:
    for query in (ROWS, "ASK { ?s ?p 406 }"):
        refused = get(keeping, query, Accept_Encoding="identity;q=0")
        assert (refused.status, json.loads(refused.body)["code"]) == (406, "not-acceptable")


def test_a_graph_keeps_its_own_tag(keeping: Server) -> None:
    path = "/data?graph=http://e/a"
    plain = keeping.request("GET", path, Accept="text/turtle")
    coded = keeping.request("GET", path, Accept="text/turtle", Accept_Encoding="gzip")
    assert plain.headers["ETag"].endswith('.turtle"')
    assert coded.headers["ETag"].endswith('.turtle-gzip"')
    assert gzip.decompress(coded.body) == plain.body
    assert keeping.request("GET", path, Accept="text/turtle", If_None_Match=plain.headers["ETag"]).status == 304


def test_answers_may_be_reused_for_a_time_where_the_operator_allows_it(start: Start) -> None:
    with start(OPSC_MAX_AGE="60") as server:
        assert get(server, ROWS).headers["Cache-Control"] == "public, max-age=60, must-revalidate"
        assert get(server, "SELECT (NOW() AS ?now) {}").headers["Cache-Control"] == "no-cache"


def test_nothing_is_kept_where_there_is_no_room(start: Start) -> None:
    with start(OPSC_CACHE_BYTES="0", OPSC_WORKERS="1") as server:
        assert get(server, TELLING).body != get(server, TELLING).body


def test_an_answer_of_the_version_before_is_never_given(tmp_path: Path) -> None:
    query = "SELECT DISTINCT ?value { ?s <http://e/version> ?value }"
    release_number(tmp_path, 0)
    seen: list[Reply] = []
    with running(tmp_path, OPSC_WATCH_SECONDS="0.1") as server:
        for number in range(1, 4):
            version = release_number(tmp_path, number).version
            assert eventually(lambda wanted=version: served_version(server) == wanted)
            date = {"If_Modified_Since": seen[-1].headers["Last-Modified"]} if seen else {}
            for _ in range(2):
                reply = get(server, query, **date)
                assert reply.status == 200
                assert json.loads(reply.body)["results"]["bindings"][0]["value"]["value"] == str(number)
            assert eventually(lambda: "Last-Modified" in get(server, query).headers)
            seen.append(get(server, query))
    assert len({reply.headers["ETag"] for reply in seen}) == 3
    assert len({reply.headers["Last-Modified"] for reply in seen}) == 3


def test_a_header_that_is_not_text_leads_to_no_other_answer(keeping: Server) -> None:
    query = "SELECT (BNODE() AS ?plain) {}"
    as_json = get(keeping, query)
    head = f"GET /sparql?{urlencode({'query': query})} HTTP/1.1\r\nHost: e\r\nConnection: close\r\n"
    for _ in range(2):
        with socket.create_connection(("127.0.0.1", keeping.port), timeout=30) as connection:
            connection.sendall(f"{head}Accept: \xe9\r\nAccept: text/csv\r\n\r\n".encode("latin-1"))
            with connection.makefile("rb") as answer:
                assert b"content-type: text/csv" in answer.read()
        assert get(keeping, query).body == as_json.body

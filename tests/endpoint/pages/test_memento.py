"""Earlier versions over a real socket: what never was, what is gone, and what was in force at a time (RFC 7089)."""

import json
import os
import re
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, Quad
from werkzeug.http import http_date, parse_date

from graph.versions import release
from tests.described import body
from tests.endpoint.api.test_contributions import LABEL, problem, retract, submit
from tests.endpoint.auth.test_bearer import digest
from tests.endpoint.conftest import Reply, Server, running
from tests.endpoint.reading import BASE, links, page
from tests.endpoint.serving.test_snapshot import served_version
from tests.polling import eventually

THING = f"{BASE}id/law/first"
BUILT = datetime(2024, 5, 1, 12, 0, 0, tzinfo=UTC)
BEFORE = datetime(2023, 3, 1, 12, 0, 0, tzinfo=UTC)


def released(folder: Path, name: str, when: datetime) -> str:
    """Build the release in which the thing has a name; it was built ``when``."""
    graph = NamedNode(f"{BASE}graph/laws")
    quads = [Quad(NamedNode(THING), NamedNode(LABEL), Literal(name, language="en"), graph)]
    quads += [Quad(NamedNode(f"{BASE}id/law/{name}"), NamedNode(LABEL), Literal("a law", language="en"), graph)]
    made = release.write(folder, release.sorted_nquads(quads), {}, b"")
    os.utime(made.quads_file, (when.timestamp(), when.timestamp()))
    return made.version


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("archive")
    released(folder, "older", BEFORE)
    released(folder, "newer", BUILT)
    (folder / "tokens").write_text(f"alice {digest('token-a')}\n")
    return folder


@pytest.fixture(scope="module")
def past(archive: Path) -> Iterator[Server]:
    with running(archive, OPSC_TOKENS_FILE=str(archive / "tokens"), OPSC_WORKERS="2", OPSC_WATCH_SECONDS="0.1") as one:
        yield one


def at(server: Server, path: str, when: datetime | str, **headers: str) -> Reply:
    asked = when if isinstance(when, str) else http_date(when)
    return server.request("GET", path, Accept_Datetime=asked, **headers)


@pytest.mark.parametrize("path", ["/id/law/first", "/doc/id/law/first", "/doc/id/law/first.ttl", "/graph/laws"])
@pytest.mark.parametrize(
    ("when", "name", "since"),
    [
        (BEFORE, "older", BEFORE),
        (BUILT - timedelta(seconds=1), "older", BEFORE),
        (BUILT, "newer", BUILT),
        (BUILT + timedelta(days=30), "newer", BUILT),
    ],
)
def test_a_thing_is_read_as_it_was_in_force_at_a_time(
    past: Server, path: str, when: datetime, name: str, since: datetime
) -> None:
    reply = at(past, path, when)
    assert reply.status == 302
    assert re.search(r"\?version=[0-9a-f]{64}$", reply.headers["Location"])
    assert "accept-datetime" in reply.headers["Vary"].lower()
    assert {("original", ""), ("timegate", ""), ("timemap", "application/link-format")} <= links(reply).keys()
    memento = past.request("GET", reply.headers["Location"], Accept="text/turtle")
    assert memento.status == 200
    assert f'"{name}"' in memento.body.decode()
    assert parse_date(memento.headers["Memento-Datetime"]) == since
    found = links(memento)
    assert found["memento", ""].partition("?")[2] == reply.headers["Location"].partition("?")[2]
    assert past.request("GET", links(reply)["timemap", "application/link-format"]).status == 200
    assert ("original", "") in found
    assert ("timegate", "") in found


def test_a_memento_says_that_it_is_one_and_its_links_stay_in_its_version(past: Server) -> None:
    address = at(past, "/doc/id/law/first", BEFORE).headers["Location"]
    version = address.partition("?")[2]
    shown = page(past, address)
    assert "Earlier version." in shown.text
    assert f"/graph/laws?{version}" in shown.attributes("a", "href")
    thing = past.request("GET", f"/id/law/first?{version}")
    assert (thing.status, thing.headers["Location"]) == (303, f"/doc/id/law/first?{version}")


def test_without_a_time_the_present_is_served(past: Server) -> None:
    reply = past.request("GET", "/doc/id/law/first", Accept="text/turtle")
    assert reply.status == 200
    assert '"newer"' in reply.body.decode()
    assert "Memento-Datetime" not in reply.headers


@pytest.mark.parametrize(
    "when",
    [
        "yesterday",
        "2024-05-01T12:00:00Z",
        "Wed, 01 May 2024 12:00:00 +0000",
        "Thu, 01 May 2024 12:00:00 GMT",
        "Wed, 31 Jun 2024 12:00:00 GMT",
        "01 May 2024 12:00:00 GMT",
        "",
    ],
)
@pytest.mark.parametrize("path", ["/id/law/first", "/doc/id/law/first", "/graph/laws", "/ns"])
def test_a_time_that_is_none_is_refused(past: Server, path: str, when: str) -> None:
    assert problem(at(past, path, when)) == (400, "datetime-invalid")


@pytest.mark.parametrize("path", ["/id/law/first", "/doc/id/law/first", "/graph/laws"])
def test_before_the_first_version_there_is_nothing(past: Server, path: str) -> None:
    assert problem(at(past, path, BEFORE - timedelta(seconds=1))) == (404, "before-first-version")


@pytest.mark.parametrize("path", ["/id/law/older", "/doc/id/law/older", "/doc/id/law/older.ttl"])
def test_what_an_earlier_release_had_is_gone(past: Server, path: str) -> None:
    reply = past.request("GET", path)
    assert problem(reply) == (410, "thing-gone")
    timemap = past.request("GET", links(reply)["timemap", "application/link-format"])
    assert timemap.status == 200
    earlier = past.request("GET", at(past, path, BEFORE).headers["Location"], Accept="text/turtle")
    assert earlier.status == 200


@pytest.mark.parametrize("path", ["/id/law/never", "/doc/id/law/never", "/graph/never", "/timemap/doc/id/law/never"])
def test_what_never_was_is_not_found(past: Server, path: str) -> None:
    assert problem(past.request("GET", path)) == (404, "thing-unknown")
    shown = past.request("GET", path, Accept="text/html,*/*;q=0.8")
    assert (shown.status, shown.content_type) == (404, "text/html; charset=utf-8")
    assert b"Resource not found" in shown.body


def test_what_was_not_yet_there_is_not_found_in_that_version(past: Server) -> None:
    location = at(past, "/id/law/newer", BEFORE).headers["Location"]
    assert past.request("GET", location).status == 404


def test_a_timemap_lists_the_versions_that_changed_a_thing(past: Server) -> None:
    reply = past.request("GET", "/timemap/doc/id/law/first")
    assert (reply.status, reply.content_type) == (200, "application/link-format")
    text = reply.body.decode()
    assert 'rel="original timegate"' in text
    assert 'rel="self"; type="application/link-format"' in text
    mementos = re.findall(r'<http://[^/]+(/[^>]*)>; rel="memento"; datetime="([^"]*)"', text)
    assert http_date(BEFORE) in [when for _, when in mementos]
    for address, when in mementos:
        memento = past.request("GET", address)
        assert (memento.status, memento.headers["Memento-Datetime"]) == (200, when)


def test_a_retracted_contribution_is_gone_with_its_graph_and_things(past: Server) -> None:
    data = body(f"{BASE}id/law/passing", "passing").encode()
    sent = submit(past, data)
    assert sent.status == 201, sent.body
    decided = json.loads(sent.body)
    graph = decided["graph"].removeprefix(BASE)
    assert past.request("GET", "/id/law/passing").status == 303
    assert past.request("GET", f"/{graph}", Accept="text/turtle").status == 200
    assert past.request("GET", f"/id/contribution/{decided['number']}").status == 303
    there = datetime.now(UTC)
    # Versions count in seconds.
    time.sleep(1.2)
    assert retract(past, sent.headers["Location"]).status == 200
    for path in ("/id/law/passing", f"/{graph}", f"/{graph}.ttl", f"/id/contribution/{decided['number']}"):
        assert problem(past.request("GET", path)) == (410, "thing-gone"), path
    shown = past.request("GET", "/id/law/passing", Accept="text/html")
    assert (shown.status, b"Resource removed" in shown.body) == (410, True)
    (last,) = re.findall(r'<a href="([^"]*)">Last version of this resource</a>', shown.body.decode())
    assert '"passing"' in past.request("GET", last, Accept="text/turtle").body.decode()
    memento = past.request("GET", at(past, "/id/law/passing", there).headers["Location"], Accept="text/turtle")
    assert (memento.status, b'"passing"' in memento.body) == (200, True)


def test_the_version_that_is_served_now_is_a_memento_too(past: Server) -> None:
    version = served_version(past)
    assert eventually(lambda: past.request("GET", f"/doc/id/law/first?version={version}").status == 200)
    reply = past.request("GET", f"/doc/id/law/first?version={version}")
    assert "Memento-Datetime" in reply.headers


def test_a_refused_contribution_never_was(past: Server) -> None:
    refused = f"<{BASE}id/act/refused> a <{BASE}ns#Ratification> .".encode()
    assert submit(past, refused).status == 422
    assert problem(past.request("GET", "/id/act/refused")) == (404, "thing-unknown")


def test_a_version_that_takes_too_long_to_rebuild_stops_nothing_else(built_home: Path, tmp_path: Path) -> None:
    shutil.copytree(built_home / "releases", tmp_path / "releases")
    version = release.current(tmp_path).version
    released(tmp_path, "present", datetime.now(UTC))
    with running(tmp_path, OPSC_WORKERS="2", OPSC_VALIDATION_SECONDS="0.1") as server:
        for _ in range(3):
            assert server.request("GET", f"/doc/id/state/NOR?version={version}").status in {503, 504}
            assert server.request("GET", "/doc/id/law/first").status == 200


def test_the_first_requests_for_an_earlier_version_may_come_at_once(archive: Path) -> None:
    older = next(one for one in (archive / "releases").iterdir() if b"/older>" in (one / "graph.nq").read_bytes()).name
    path = f"/doc/id/law/first.ttl?version={older}"
    for _ in range(3):
        with running(archive, OPSC_WORKERS="2") as server, ThreadPoolExecutor(8) as threads:
            replies = list(threads.map(lambda _, server=server: server.request("GET", path), range(8)))
        assert [reply.status for reply in replies] == [200] * 8
        assert all(b'"older"' in reply.body for reply in replies)

"""The dataset described, downloaded and followed over HTTP, on a real server that takes contributions."""

import gzip
import hashlib
import json
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote
from xml.etree import ElementTree

import pytest
import rdflib
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Store, parse

from graph import dumps, release
from graph.void import DATASET
from ontology.terms import DCAT, SPDX, VOID
from tests.commanding import opsc

from .conftest import Reply, Server, free_port, running, small_release
from .test_reload import served_version, within
from .test_tokens import digest

PUBLIC = "https://example.org/opsc/"
ATOM = "{http://www.w3.org/2005/Atom}"
SOURCE = "https://example.org/gazette?a=1&b='2'"
LAW = '<http://e/law/{}> <http://www.w3.org/2004/02/skos/core#prefLabel> "law {}"@en .'
REFUSED = "<http://e/act> a <https://w3id.org/opsc/ns#Ratification> ."
RDFLIB = {"ttl": "turtle", "nt": "nt", "rdf": "xml", "jsonld": "json-ld"}
MEDIA_TYPES = {
    "ttl": "text/turtle; charset=utf-8",
    "nt": "application/n-triples",
    "rdf": "application/rdf+xml",
    "jsonld": "application/ld+json",
    "trig": "application/trig",
    "nq": "application/n-quads",
    "html": "text/html; charset=utf-8",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("published")
    small_release(made)
    (made / "tokens").write_text(f"alice {digest('token-a')}\n")
    return made


@pytest.fixture(scope="module")
def desk(folder: Path) -> Iterator[Server]:
    environment = {"OPSC_TOKENS_FILE": str(folder / "tokens"), "OPSC_WORKERS": "1", "OPSC_PUBLIC_URL": PUBLIC}
    with running(folder, **environment) as started:
        yield started


def contribute(server: Server, data: str, source: str = SOURCE) -> dict[str, object]:
    path = f"/contributions?source={quote(source, safe='')}"
    reply = server.request(
        "POST",
        path,
        data.encode(),
        Content_Type="text/turtle",
        Authorization="Bearer token-a",
        Accept="application/json",
    )
    record: dict[str, object] = json.loads(reply.body)
    return record


def entries(server: Server) -> list[ElementTree.Element]:
    reply = server.request("GET", "/dataset/changes.atom")
    assert (reply.status, reply.content_type) == (200, "application/atom+xml; charset=utf-8")
    return ElementTree.fromstring(reply.body).findall(f"{ATOM}entry")  # noqa: S314 - written by our own server


def titles(server: Server) -> list[str]:
    return [entry.findtext(f"{ATOM}title") or "" for entry in entries(server)]


def links(entry: ElementTree.Element, relation: str) -> list[str]:
    return [link.attrib["href"] for link in entry.findall(f"{ATOM}link") if link.attrib["rel"] == relation]


def here(address: str) -> str:
    """Return the path of an address that the server told, as a proxy would pass it on."""
    assert address.startswith(PUBLIC)
    return "/" + address.removeprefix(PUBLIC)


def triples(reply: Reply, rdf_format: RdfFormat = RdfFormat.TURTLE) -> list[Quad]:
    assert reply.status == 200, reply.body
    return list(parse(reply.body, rdf_format))


def values(found: list[Quad], subject: NamedNode, predicate: NamedNode) -> list[str]:
    return [str(getattr(q.object, "value", "")) for q in found if (q.subject, q.predicate) == (subject, predicate)]


def problem(reply: Reply) -> tuple[int, str]:
    assert reply.content_type == "application/problem+json", reply.body[:200]
    assert b"Traceback" not in reply.body
    return reply.status, json.loads(reply.body)["code"]


class Page(HTMLParser):
    """The elements of a page with their attributes, and its text."""

    def __init__(self, reply: Reply) -> None:
        super().__init__()
        assert (reply.status, reply.content_type) == (200, "text/html; charset=utf-8")
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(reply.body.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def links(self) -> list[str]:
        return [found["href"] or "" for tag, found in self.elements if tag == "a"]


@pytest.mark.parametrize(("extension", "media_type"), MEDIA_TYPES.items())
def test_the_description_comes_in_every_format_by_accept_and_by_extension(
    desk: Server, extension: str, media_type: str
) -> None:
    negotiated = desk.request("GET", "/dataset", Accept=media_type.partition(";")[0])
    assert (negotiated.status, negotiated.content_type) == (200, media_type)
    assert negotiated.headers["Content-Location"] == f"/dataset.{extension}"
    assert "Accept" in negotiated.headers["Vary"]
    direct = desk.request("GET", f"/dataset.{extension}")
    assert (direct.status, direct.content_type, direct.body) == (200, media_type, negotiated.body)
    assert f"</dataset.{extension}>" not in direct.headers["Link"]


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
@pytest.mark.parametrize("extension", RDFLIB)
def test_rdflib_reads_the_description(desk: Server, extension: str) -> None:
    graph = rdflib.Graph().parse(data=desk.request("GET", f"/dataset.{extension}").body, format=RDFLIB[extension])
    assert (rdflib.URIRef(DATASET.value), rdflib.RDF.type, rdflib.URIRef(DCAT.Dataset.value)) in graph


def test_the_description_counts_what_is_served(desk: Server) -> None:
    def described() -> list[str]:
        return values(triples(desk.request("GET", "/dataset.ttl")), DATASET, VOID.triples)

    def counted() -> str:
        reply = desk.ask("SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }", accept="text/csv")
        return reply.body.split()[1].decode()

    assert described() == [counted()]
    assert contribute(desk, LAW.format("counted", "counted"))["accepted"] is True
    assert described() == [counted()]


def test_the_description_is_conditional_and_changes_with_the_version(desk: Server) -> None:
    first = desk.request("GET", "/dataset.ttl")
    again = desk.request("GET", "/dataset.ttl", If_None_Match=first.headers["ETag"])
    assert (again.status, again.body) == (304, b"")
    contribute(desk, LAW.format("tag", "tag"))
    assert desk.request("GET", "/dataset.ttl", If_None_Match=first.headers["ETag"]).status == 200


@pytest.mark.parametrize(
    ("accept", "location"),
    [
        (None, "/dataset.ttl"),
        ("*/*", "/dataset.ttl"),
        ("text/turtle", "/dataset.ttl"),
        ("application/rdf+xml;q=1, text/turtle;q=0.5", "/dataset.rdf"),
        ("application/ld+json", "/dataset.jsonld"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "/dataset.html"),
    ],
)
def test_the_well_known_address_leads_to_the_description(desk: Server, accept: str | None, location: str) -> None:
    headers = {"Accept": accept} if accept else {}
    reply = desk.request("GET", "/.well-known/void", **headers)
    assert (reply.status, reply.headers["Location"]) == (303, location)
    assert "Accept" in reply.headers["Vary"]


def test_addresses_are_those_of_the_setting_whatever_host_the_client_names(desk: Server) -> None:
    plain = desk.request("GET", "/dataset.ttl")
    forged = desk.request("GET", "/dataset.ttl", Host="attacker.example")
    assert forged.body == plain.body
    assert f"{PUBLIC}sparql" in values(triples(plain), DATASET, VOID.sparqlEndpoint)


def test_a_part_of_the_description_leads_to_it_and_what_is_no_part_is_not_found(desk: Server) -> None:
    part = desk.request("GET", "/dataset/graph/" + "x")
    assert problem(part) == (404, "not-found")
    partition = next(
        iri
        for iri in values(triples(desk.request("GET", "/dataset.ttl")), DATASET, VOID.propertyPartition)
        if "prefLabel" in iri
    )
    path = partition.removeprefix("https://w3id.org/opsc")
    reply = desk.request("GET", path)
    assert (reply.status, reply.headers["Location"]) == (303, f"/doc{path}")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/dataset.exe", (404, "not-found")),
        ("/dataset/versions.exe", (404, "not-found")),
        ("/dataset/0123456789abcdef", (404, "version-unknown")),
        ("/dataset/" + "0" * 64, (404, "version-unknown")),
        ("/dataset/" + "0" * 64 + ".nq", (404, "version-unknown")),
        ("/dataset/latest.exe", (404, "not-found")),
        ("/dataset/..%2F..%2Fetc%2Fpasswd", (404, "not-found")),
        ("/dataset/%00.nq", (404, "not-found")),
        ("/dataset/<script>", (404, "not-found")),
        ("/dataset/changes/latest..latest.rdfp", (404, "not-found")),
        ("/dataset/changes/" + "0" * 64 + ".." + "1" * 64 + ".rdfp", (404, "version-unknown")),
        ("/dataset/versions?page=0", (400, "parameter-invalid")),
        ("/dataset/versions?page=99", (400, "parameter-invalid")),
        ("/dataset/changes.atom?page=x%3Cb%3E", (400, "parameter-invalid")),
    ],
)
def test_what_cannot_be_is_a_problem_in_a_sentence(desk: Server, path: str, expected: tuple[int, str]) -> None:
    assert problem(desk.request("GET", path.replace("<", "%3C").replace(">", "%3E"))) == expected


def test_a_format_that_nobody_offers_is_not_acceptable(desk: Server) -> None:
    assert problem(desk.request("GET", "/dataset", Accept="image/png")) == (406, "not-acceptable")


@pytest.mark.parametrize("suffix", dumps.DUMPS)
def test_a_download_is_what_the_description_says(desk: Server, suffix: str) -> None:
    version = served_version(desk)
    reply = desk.request("GET", f"/dataset/{version}.{suffix}")
    assert (reply.status, reply.content_type.partition(";")[0]) == (200, dumps.DUMPS[suffix].media_type)
    checksum = hashlib.sha256(reply.body).hexdigest()
    assert reply.headers["ETag"] == f'"{checksum}"'
    assert reply.headers["Content-Length"] == str(len(reply.body))
    assert "immutable" in reply.headers["Cache-Control"]
    name = f"opsc-{version[:16]}.{suffix}"
    assert reply.headers["Content-Disposition"] == f"attachment; filename={name}"
    described = triples(desk.request("GET", "/dataset.ttl"))
    node = NamedNode(f"{DATASET.value}/{version}.{suffix}")
    assert values(described, node, DCAT.downloadURL) == [f"{PUBLIC}dataset/{version}.{suffix}"]
    assert values(described, node, DCAT.byteSize) == [str(len(reply.body))]
    assert values(described, NamedNode(f"{node.value}#checksum"), SPDX.checksumValue) == [checksum]
    assert f"{checksum}  {name}\n" in desk.request("GET", f"/dataset/{version}/SHA256SUMS").body.decode()
    assert checksum in Page(desk.request("GET", "/dataset.html")).text


def test_a_download_holds_what_queries_see(desk: Server) -> None:
    contribute(desk, LAW.format("held", "held"))
    version = served_version(desk)
    nquads = gzip.decompress(desk.request("GET", f"/dataset/{version}.nq.gz").body)
    whole = desk.request("GET", "/data", Accept="application/n-quads").body
    # A file keeps literals as they were written, such as a time that ends in ".470Z"; the engine shortens them.
    held = Store()
    held.bulk_extend(parse(nquads, RdfFormat.N_QUADS))
    assert set(held) == set(parse(whole, RdfFormat.N_QUADS))


def test_every_version_can_be_downloaded(desk: Server) -> None:
    contribute(desk, LAW.format("earlier", "earlier"))
    contribute(desk, LAW.format("later", "later"))
    listed = json.loads(desk.request("GET", "/dataset/versions.json").body)
    assert listed["served"] == listed["versions"][0]["version"] == served_version(desk)
    later, earlier = (desk.request("GET", here(one["nquads"])).body for one in listed["versions"][:2])
    assert b"law/later" in gzip.decompress(later)
    assert b"law/later" not in gzip.decompress(earlier)
    assert listed["versions"][-1]["kind"] == "release"


def test_a_download_of_a_release_is_resumed(desk: Server) -> None:
    oldest = json.loads(desk.request("GET", "/dataset/versions.json").body)["versions"][-1]["version"]
    path = f"/dataset/{oldest}.nq"
    whole = desk.request("GET", path)
    assert whole.headers["ETag"] == f'"{oldest}"' == f'"{hashlib.sha256(whole.body).hexdigest()}"'
    assert whole.headers["Accept-Ranges"] == "bytes"
    rest = desk.request("GET", path, Range="bytes=100-", If_Range=whole.headers["ETag"])
    assert (rest.status, whole.body[:100] + rest.body) == (206, whole.body)
    assert rest.headers["Content-Range"] == f"bytes 100-{len(whole.body) - 1}/{len(whole.body)}"
    changed = desk.request("GET", path, Range="bytes=100-", If_Range='"another"')
    assert (changed.status, changed.body) == (200, whole.body)
    beyond = desk.request("GET", path, Range=f"bytes={len(whole.body)}-")
    assert problem(beyond) == (416, "range-invalid")
    assert beyond.headers["Content-Range"] == f"bytes */{len(whole.body)}"
    kept = desk.request("GET", path, If_None_Match=whole.headers["ETag"])
    assert (kept.status, kept.body) == (304, b"")
    head = desk.request("HEAD", path)
    assert (head.status, head.headers["Content-Length"], head.body) == (200, str(len(whole.body)), b"")


def test_a_client_resumes_a_download_that_broke_off(desk: Server, tmp_path: Path) -> None:
    version = served_version(desk)
    url = f"http://127.0.0.1:{desk.port}/dataset/{version}.nq"
    part = tmp_path / "part.nq"
    part.write_bytes(desk.request("GET", f"/dataset/{version}.nq").body[:1000])
    subprocess.run(["curl", "--silent", "--fail", "--continue-at", "-", "--output", str(part), url], check=True)
    assert part.read_bytes() == desk.request("GET", f"/dataset/{version}.nq").body


@pytest.mark.parametrize("rest", ["", ".ttl", ".nq.gz", "/SHA256SUMS"])
def test_latest_and_a_beginning_lead_to_the_version(desk: Server, rest: str) -> None:
    version = served_version(desk)
    for name in ("latest", version[:10]):
        reply = desk.request("GET", f"/dataset/{name}{rest}")
        assert (reply.status, reply.headers["Location"]) == (302, f"/dataset/{version}{rest}")
        assert reply.headers["Cache-Control"] == "public, no-cache"
    assert desk.request("GET", f"/dataset/{version}{rest}").status == 200


def test_sha256sum_checks_the_downloads(desk: Server, tmp_path: Path) -> None:
    version = served_version(desk)
    for suffix in dumps.DUMPS:
        (tmp_path / f"opsc-{version[:16]}.{suffix}").write_bytes(
            desk.request("GET", f"/dataset/{version}.{suffix}").body
        )
    (tmp_path / "SHA256SUMS").write_bytes(desk.request("GET", f"/dataset/{version}/SHA256SUMS").body)
    command = ["sha256sum", "--check", "--strict", "SHA256SUMS"]
    checked = subprocess.run(
        command, cwd=tmp_path, env={**os.environ, "LC_ALL": "C"}, capture_output=True, text=True, check=False
    )
    assert (checked.returncode, checked.stderr) == (0, "")
    assert sorted(checked.stdout.splitlines()) == sorted(f"opsc-{version[:16]}.{suffix}: OK" for suffix in dumps.DUMPS)


def test_a_contribution_and_its_retraction_appear_at_once(desk: Server) -> None:
    record = contribute(desk, LAW.format("feed", "feed"))
    # With what the graph says of the contribution: who, when, source.
    assert titles(desk)[0] == f"Contribution {record['number']} by alice: 9 quads added"
    newest = entries(desk)[0]
    assert here(links(newest, "alternate")[0]) == f"/dataset/{record['version']}"
    assert f"{PUBLIC}contributions/{record['number']}" in links(newest, "related")
    assert links(newest, "via") == [SOURCE]
    desk.request("DELETE", str(record["url"]), Authorization="Bearer token-a")
    assert titles(desk)[:2] == [
        f"Retraction of contribution {record['number']} by alice: 9 quads removed",
        f"Contribution {record['number']} by alice: 9 quads added",
    ]


def test_what_was_refused_does_not_appear(desk: Server) -> None:
    before = titles(desk)
    assert contribute(desk, REFUSED).get("accepted") is not True
    assert titles(desk) == before


def test_the_difference_that_an_entry_links_to_is_what_changed(desk: Server) -> None:
    record = contribute(desk, LAW.format("diff", "diff"))
    (patch,) = [link for link in links(entries(desk)[0], "related") if link.endswith(".rdfp")]
    reply = desk.request("GET", here(patch))
    assert reply.content_type == "application/rdf-patch"
    changed = [line for line in reply.body.decode().splitlines() if line.startswith(("A ", "D "))]
    assert len(changed) == 9
    graph = f"<https://w3id.org/opsc/graph/contribution/{record['number']}>"
    assert f"A {LAW.format('diff', 'diff').removesuffix('.')}{graph} ." in changed
    added = desk.request("GET", here(patch).replace(".rdfp", ".added.nq"))
    assert added.body.decode().splitlines() == [line.removeprefix("A ") for line in changed]
    assert desk.request("GET", here(patch).replace(".rdfp", ".removed.nq")).body == b""


def test_a_json_feed_and_the_list_say_the_same_as_the_atom_feed(desk: Server) -> None:
    feed = desk.request("GET", "/dataset/changes.json")
    assert feed.content_type == "application/feed+json"
    assert [item["title"] for item in json.loads(feed.body)["items"]] == titles(desk)
    versions = desk.request("GET", "/dataset/versions", Accept="application/json")
    assert [one["title"] for one in json.loads(versions.body)["versions"]] == titles(desk)


def test_feeds_are_conditional(desk: Server) -> None:
    for path in ("/dataset/changes.atom", "/dataset/changes.json", "/dataset/versions.json"):
        tag = desk.request("GET", path).headers["ETag"]
        assert desk.request("GET", path, If_None_Match=tag).status == 304


def test_pages_announce_the_feeds(desk: Server) -> None:
    for path in ("/", "/dataset.html", "/dataset/versions.html"):
        page = Page(desk.request("GET", path))
        alternates = {found["type"]: found["href"] for tag, found in page.elements if found.get("rel") == "alternate"}
        assert alternates["application/atom+xml"] == "/dataset/changes.atom"
        assert alternates["application/feed+json"] == "/dataset/changes.json"


def test_a_version_has_a_page_and_a_description_of_its_own(desk: Server) -> None:
    record = contribute(desk, LAW.format("page", "page"))
    path = f"/dataset/{record['version']}"
    page = Page(desk.request("GET", path, Accept="text/html"))
    assert f"Contribution {record['number']} by alice" in page.text
    assert f"{path}.nq.gz" in page.links()
    reply = desk.request("GET", path, Accept="text/turtle")
    node = NamedNode(f"https://w3id.org/opsc{path}")
    assert len(values(triples(reply), node, DCAT.distribution)) == len(dumps.DUMPS)
    assert "Accept" in reply.headers["Vary"]


@pytest.mark.parametrize("source", ["javascript:alert(1)", "data:text/html,alert(1)"])
def test_a_hostile_source_is_text_and_never_a_link(desk: Server, source: str) -> None:
    record = contribute(desk, LAW.format(quote(source), "hostile"), source)
    assert record["accepted"] is True
    for path in ("/dataset/versions.html", f"/dataset/{record['version']}"):
        page = Page(desk.request("GET", path, Accept="text/html"))
        assert source in page.text
        assert all(link.startswith(("/", "http://", "https://")) for link in page.links())
        assert "script" not in [tag for tag, _ in page.elements]
    assert links(entries(desk)[0], "via") == []


def test_pages_carry_a_strict_policy_and_no_script_or_style(desk: Server) -> None:
    for path in ("/dataset.html", "/dataset/versions.html"):
        reply = desk.request("GET", path)
        assert "default-src 'self'" in reply.headers["Content-Security-Policy"]
        page = Page(reply)
        tags = [tag for tag, _ in page.elements]
        assert not {"script", "style", "iframe"} & set(tags)
        assert tags.count("h1") == 1
        assert not any(name == "style" or name.startswith("on") for _, found in page.elements for name in found)


def test_a_server_without_room_describes_what_it_has_and_refuses_the_rest(folder: Path) -> None:
    with running(folder, OPSC_DOWNLOAD_BYTES="1000", OPSC_WORKERS="1") as server:
        oldest = json.loads(server.request("GET", "/dataset/versions.json").body)["versions"][-1]["version"]
        # What a server with more room has made would be kept.
        shutil.rmtree(folder / "downloads", ignore_errors=True)
        assert problem(server.request("GET", f"/dataset/{oldest}.ttl")) == (422, "result-too-large")
        assert server.request("GET", f"/dataset/{oldest}.nq").status == 200
        described = server.request("GET", "/dataset.ttl")
        assert (described.status, described.headers["Cache-Control"]) == (200, "no-cache")
        page = Page(server.request("GET", f"/dataset/{oldest}", Accept="text/html"))
        assert f"/dataset/{oldest}.nq" in page.links()
        assert f"/dataset/{oldest}.ttl" not in page.links()


def test_files_that_take_too_long_to_make_are_given_up_and_queries_go_on(tmp_path: Path) -> None:
    predicate, graph = NamedNode("http://e/p"), NamedNode("http://e/g")
    quads = (Quad(NamedNode(f"http://e/{n}"), predicate, Literal(n), graph) for n in range(60_000))
    version = release.write(tmp_path, release.nquads(quads), {}, b"").version
    with running(tmp_path, OPSC_DOWNLOAD_SECONDS="0.3", OPSC_WORKERS="1") as server:
        replies = [problem(server.request("GET", f"/dataset/{version}.ttl")) for _ in range(5)]
        assert set(replies) <= {(504, "deadline-exceeded"), (503, "busy")}
        assert server.ask("ASK {}").status == 200
        described = server.request("GET", "/dataset.ttl")
        assert described.status == 200
        distribution = NamedNode(f"{DATASET.value}/{version}.nq")
        assert values(triples(described), distribution, DCAT.byteSize)


def test_resuming_clients_that_read_slowly_do_not_keep_others_from_answers(tmp_path: Path) -> None:
    predicate, graph = NamedNode("http://e/p"), NamedNode("http://e/g")
    quads = (Quad(NamedNode(f"http://e/{n}"), predicate, Literal("x" * 200), graph) for n in range(60_000))
    version = release.write(tmp_path, release.nquads(quads), {}, b"").version
    request = f"GET /dataset/{version}.nq HTTP/1.1\r\nHost: here\r\nRange: bytes=1-\r\n\r\n".encode()
    with running(tmp_path, OPSC_WORKERS="1", OPSC_QUERY_QUEUE="1", OPSC_DOWNLOAD_RESUMED="2") as server:
        slow = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(2)]
        try:
            for one in slow:
                one.sendall(request)
                assert one.recv(12) == b"HTTP/1.1 206"
            path = f"/dataset/{version}.nq"
            refused = server.request("GET", path, Range="bytes=1-")
            assert problem(refused) == (503, "busy")
            assert refused.headers["Retry-After"]
            assert server.ask("ASK {}").status == 200
        finally:
            for one in slow:
                one.close()
        assert within(30, lambda: server.request("GET", path, Range="bytes=1-").status == 206)


@pytest.mark.parametrize("address", ["ftp://e/", "example.org", "https://e/?q", "https://u@e/", "https://e/<>"])
def test_an_address_that_no_client_could_use_is_refused_at_the_start(folder: Path, address: str) -> None:
    refused = opsc(folder, "serve", "--port", str(free_port()), OPSC_PUBLIC_URL=address)
    assert refused.returncode == 2
    assert refused.stderr.startswith(f"opsc: OPSC_PUBLIC_URL={address}: write an address such as ")
    assert refused.stderr.count("\n") == 1

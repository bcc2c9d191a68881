"""Downloads of every version, whole and resumed, with their checksums."""

import gzip
import hashlib
import json
import os
import shutil
import socket
import subprocess
from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Store, parse

from graph.exports import dumps
from graph.versions import release
from ontology.iris import DATASET
from ontology.terms import DCAT, SPDX
from tests.endpoint.conftest import Server, running
from tests.endpoint.pages.dataset.conftest import LAW, PUBLIC, Page, contribute, here, problem, triples, values
from tests.endpoint.serving.test_snapshot import served_version
from tests.polling import eventually


@pytest.mark.parametrize("suffix", dumps.DUMP_FORMATS)
def test_a_download_is_what_the_description_says(desk: Server, suffix: str) -> None:
    version = served_version(desk)
    reply = desk.request("GET", f"/dataset/{version}.{suffix}")
    assert (reply.status, reply.content_type.partition(";")[0]) == (200, dumps.DUMP_FORMATS[suffix].media_type)
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


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
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
    for suffix in dumps.DUMP_FORMATS:
        (tmp_path / f"opsc-{version[:16]}.{suffix}").write_bytes(
            desk.request("GET", f"/dataset/{version}.{suffix}").body
        )
    (tmp_path / "SHA256SUMS").write_bytes(desk.request("GET", f"/dataset/{version}/SHA256SUMS").body)
    command = ["sha256sum", "--check", "--strict", "SHA256SUMS"]
    checked = subprocess.run(
        command, cwd=tmp_path, env={**os.environ, "LC_ALL": "C"}, capture_output=True, text=True, check=False
    )
    assert (checked.returncode, checked.stderr) == (0, "")
    assert sorted(checked.stdout.splitlines()) == sorted(
        f"opsc-{version[:16]}.{suffix}: OK" for suffix in dumps.DUMP_FORMATS
    )


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
    version = release.write(tmp_path, release.sorted_nquads(quads), {}, b"").version
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
    version = release.write(tmp_path, release.sorted_nquads(quads), {}, b"").version
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
        assert eventually(lambda: server.request("GET", path, Range="bytes=1-").status == 206)

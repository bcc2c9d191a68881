"""The description of the dataset over HTTP: formats, addresses, pages."""

from pathlib import Path

import pytest
import rdflib

from ontology.iris import DATASET
from ontology.terms import DCAT, VOID
from tests.commanding import opsc
from tests.endpoint.conftest import Server
from tests.endpoint.pages.dataset.conftest import LAW, PUBLIC, Page, contribute, problem, triples, values

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


def test_pages_carry_a_strict_policy_and_no_script_or_style(desk: Server) -> None:
    for path in ("/dataset.html", "/dataset/versions.html"):
        reply = desk.request("GET", path)
        assert "default-src 'self'" in reply.headers["Content-Security-Policy"]
        page = Page(reply)
        tags = [tag for tag, _ in page.elements]
        assert not {"script", "style", "iframe"} & set(tags)
        assert tags.count("h1") == 1
        assert not any(name == "style" or name.startswith("on") for _, found in page.elements for name in found)


@pytest.mark.parametrize("address", ["ftp://e/", "example.org", "https://e/?q", "https://u@e/", "https://e/<>"])
def test_an_address_that_no_client_could_use_is_refused_at_the_start(folder: Path, address: str) -> None:
    refused = opsc(folder, "serve", "--port", "0", OPSC_PUBLIC_URL=address)
    assert refused.returncode == 2
    assert refused.stderr.startswith(f"opsc: OPSC_PUBLIC_URL={address}: write an address such as ")
    assert refused.stderr.count("\n") == 1

"""Dereferencing over a real socket: things lead to documents, documents come in every form with links to the others."""

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import rdflib
from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, RdfFormat, parse

from tests.endpoint.conftest import Server, running
from tests.endpoint.reading import BASE, FORMS, links, local, page

NORWAY = f"{BASE}id/state/NOR"
RATIFIED = f"{BASE}id/action/opsc/NOR/ratification"
THINGS = [
    "id/state/NOR",
    "id/action/opsc/NOR/ratification",
    "id/statement/opsc/ARG/1",
    "id/offence/opsc/sale-organ-transfer",
    "id/claim/untc-2015/opsc/NOR/ratification",
    "id/claim/ch-sr-0.107.2/entry-into-force/opsc/CHE",
    "id/source/ch-sr-0.107.2",
    "id/status/opsc/NOR/party",
    "id/rule/party",
    "id/tally/opsc/2004-01-30",
    "eli/opsc",
    "eli/opsc/fr",
    "eli/opsc/art_3/par_1/pnt_a/sub_i/itm_b",
    "eli/opsc/recital_6",
    "scheme/conduct",
    "scheme/conduct/offering",
    "dataset/property/opsc-act",
]


@pytest.fixture(scope="module")
def opsc(built_home: Path) -> Iterator[Server]:
    with running(built_home, OPSC_WORKERS="2", OPSC_DESCRIPTION_VALUES="20") as started:
        yield started


def quads(body: bytes, media_type: str) -> list[Quad]:
    rdf_format = RdfFormat.from_media_type(media_type.partition(";")[0])
    assert rdf_format is not None
    return list(parse(io.BytesIO(body), rdf_format))


@pytest.mark.parametrize("thing", THINGS)
def test_a_thing_leads_to_its_document_which_describes_it(opsc: Server, thing: str) -> None:
    reply = opsc.request("GET", f"/{thing}", Accept="text/turtle")
    assert (reply.status, reply.headers["Location"], reply.body) == (303, f"/doc/{thing}", b"")
    document = opsc.request("GET", reply.headers["Location"], Accept="text/turtle")
    assert document.status == 200
    assert NamedNode(BASE + thing) in {quad.subject for quad in quads(document.body, document.content_type)}
    assert opsc.request("HEAD", f"/{thing}").status == 303


@pytest.mark.parametrize(("suffix", "content_type"), FORMS.items())
@pytest.mark.parametrize(
    "path", ["doc/id/source/ch-sr-0.107.2", "graph/source/ch-sr-0.107.2", "ns", "shapes", "alignments"]
)
def test_a_document_comes_in_each_form_by_suffix(opsc: Server, path: str, suffix: str, content_type: str) -> None:
    reply = opsc.request("GET", f"/{path}{suffix}", Accept="image/png")
    assert (reply.status, reply.content_type) == (200, content_type)
    assert reply.headers["Content-Location"] == f"/{path}{suffix}"
    assert "Accept," not in f"{reply.headers['Vary']},"
    if suffix != ".html":
        assert quads(reply.body, content_type)


@pytest.mark.parametrize(
    ("accept", "suffix"),
    [
        (None, ".html"),
        ("*/*", ".html"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", ".html"),
        ("text/turtle", ".ttl"),
        ("text/turtle;q=0.5, application/rdf+xml;q=0.6", ".rdf"),
        ("text/html;q=0.5, application/ld+json", ".jsonld"),
        ("application/json", ".jsonld"),
        ("application/n-triples, */*;q=0.1", ".nt"),
        ("application/n-quads", ".nq"),
        ("application/trig, text/turtle;q=0.9", ".trig"),
        ("text/*;q=0.4, application/rdf+xml;q=0.3", ".html"),
        ("text/html;q=0, text/*", ".ttl"),
    ],
)
@pytest.mark.parametrize("path", ["/doc/id/state/NOR", "/graph/offences", "/ns"])
def test_the_form_is_negotiated(opsc: Server, path: str, accept: str | None, suffix: str) -> None:
    reply = opsc.request("GET", path, **({"Accept": accept} if accept else {}))
    assert (reply.status, reply.headers["Content-Location"]) == (200, path + suffix)
    vary = {name.strip() for name in reply.headers["Vary"].split(",")}
    assert {"Accept", "Accept-Datetime"} <= vary
    assert ("Accept-Language" in vary) == (suffix == ".html")
    assert "public" in reply.headers["Cache-Control"]


@pytest.mark.parametrize("path", ["/doc/id/state/NOR", "/graph/offences", "/shapes"])
def test_what_the_request_does_not_accept_is_406(opsc: Server, path: str) -> None:
    reply = opsc.request("GET", path, Accept="image/png")
    assert (reply.status, json.loads(reply.body)["code"]) == (406, "not-acceptable")


@pytest.mark.parametrize("accept", ["text/html", "text/turtle", "application/n-quads"])
def test_a_document_links_the_thing_and_its_other_forms(opsc: Server, accept: str) -> None:
    reply = opsc.request("GET", "/doc/id/state/NOR", Accept=accept)
    found = links(reply)
    assert found["describes", ""] == NORWAY
    assert found["canonical", ""] == f"{BASE}doc/id/state/NOR"
    assert found["original", ""] == found["timegate", ""] == "/id/state/NOR"
    media_types = {content_type.partition(";")[0]: suffix for suffix, content_type in FORMS.items()}
    for media_type in media_types.keys() - {accept}:
        assert found["alternate", media_type] == f"/doc/id/state/NOR{media_types[media_type]}"


def test_rdflib_follows_a_thing_to_its_document(opsc: Server) -> None:
    graph = rdflib.Graph().parse(f"http://127.0.0.1:{opsc.port}/id/state/NOR")
    assert (rdflib.URIRef(NORWAY), rdflib.SKOS.prefLabel, rdflib.Literal("Norvège", lang="fr")) in graph


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
@pytest.mark.parametrize("path", ["doc/id/state/NOR", "doc/eli/opsc", "ns", "shapes"])
def test_rdflib_reads_the_same_triples_in_every_form(opsc: Server, path: str) -> None:
    forms = {".ttl": "turtle", ".jsonld": "json-ld", ".nt": "nt", ".rdf": "xml"}
    counts = {
        suffix: len(rdflib.Graph().parse(data=opsc.request("GET", f"/{path}{suffix}").body, format=name))
        for suffix, name in forms.items()
    }
    assert len(set(counts.values())) == 1, counts


def test_a_suffix_on_the_thing_leads_to_that_form(opsc: Server) -> None:
    assert opsc.request("GET", "/id/state/NOR.ttl").headers["Location"] == "/doc/id/state/NOR.ttl"


def test_a_description_says_what_is_stated_in_which_graph_what_points_here_and_what_things_are_called(
    opsc: Server,
) -> None:
    found = quads(opsc.request("GET", "/doc/id/action/opsc/NOR/ratification.nq").body, "application/n-quads")
    participation, derived = NamedNode(f"{BASE}graph/participation"), NamedNode(f"{BASE}graph/derived")
    action, norway = NamedNode(RATIFIED), NamedNode(NORWAY)
    claim = NamedNode(f"{BASE}id/claim/untc-2015/opsc/NOR/ratification")
    ns, label = f"{BASE}ns#", NamedNode("http://www.w3.org/2004/02/skos/core#prefLabel")
    assert Quad(action, NamedNode(f"{ns}participant"), norway, participation) in found
    assert Quad(action, NamedNode(f"{ns}adoptedClaim"), claim, derived) in found
    assert Quad(claim, NamedNode(f"{ns}about"), action, NamedNode(f"{BASE}graph/source/untc-2015")) in found
    names = NamedNode(f"{BASE}graph/participants")
    assert Quad(norway, label, Literal("Noruega", language="es"), names) in found


@pytest.mark.parametrize("path", ["/doc/id/state/NOR", "/ns", "/graph/offences"])
@pytest.mark.parametrize(("suffix", "media_type"), [(".nq", "application/n-quads"), (".trig", "application/trig")])
def test_clients_that_read_the_default_graph_alone_see_every_triple(
    opsc: Server, path: str, suffix: str, media_type: str
) -> None:
    found = quads(opsc.request("GET", path + suffix).body, media_type)
    triples = {quad.triple for quad in quads(opsc.request("GET", path + ".nt").body, "application/n-triples")}
    ground = {one for one in triples if not {type(one.subject), type(one.object)} & {BlankNode}}
    default = [quad.triple for quad in found if quad.graph_name == DefaultGraph()]
    assert len(default) == len(triples)
    assert ground <= set(default)


def test_what_points_to_a_thing_is_cut_and_says_so(opsc: Server) -> None:
    body = opsc.request("GET", "/doc/eli/opsc.nt").body.decode()
    participates = f"<{BASE}ns#instrument> <{BASE}eli/opsc>"
    assert body.count(participates) == 20 + 1
    assert "This document lists the first 20 of 1" in body
    shown = page(opsc, "/doc/eli/opsc")
    assert "First 20 of 1" in shown.text
    answer = next(
        link for link in shown.attributes("a", "href") if link.startswith("/sparql?") and "instrument" in link
    )
    assert len(opsc.request("GET", answer).body.splitlines()) > 1000


@pytest.mark.parametrize(
    ("language", "name"),
    [
        ("fr", "Norvège"),
        ("es-MX, fr;q=0.5", "Noruega"),
        ("ar", "النرويج"),
        ("ru", "Норвегия"),
        ("zh-Hans-CN", "挪威"),
        ("de, nb;q=0.9", "Norway"),
        ("fr;q=0", "Norway"),
    ],
)
def test_a_page_names_things_in_the_readers_language(opsc: Server, language: str, name: str) -> None:
    shown = page(opsc, "/doc/id/state/NOR", Accept_Language=language)
    assert f"{name} \u2013 OPSC graph" in shown.text


def test_a_literal_has_its_language_and_direction(opsc: Server) -> None:
    shown = page(opsc, "/doc/id/state/NOR")
    spans = [found for tag, found in shown.elements if tag == "span"]
    assert {"lang": "ar", "dir": "rtl"} in spans
    assert {"lang": "fr", "dir": "ltr"} in spans


@pytest.mark.parametrize(
    ("path", "texts"),
    [
        (
            "doc/id/state/NOR",
            ["Status", "in force", "2002-01-18", "Participation", "2001-10-02", "Statements", "opposes"],
        ),
        ("doc/id/action/opsc/NOR/ratification", ["Date precision", "Claims", "adopted", "2001"]),
        ("doc/id/action/opsc/SLB/ratification", ["between 2"]),
        (
            "doc/eli/opsc/art_3/par_1/pnt_a",
            ["OPSC article 3(1)", "Parts", "Statements concerning this provision", "Argentina"],
        ),
        (
            "doc/id/offence/opsc/sale-organ-transfer",
            ["Elements", "conduct", "accepting", "CRC article 35", "it extends"],
        ),
        ("doc/scheme/region", ["Parts", "Northern Europe"]),
        ("ns", ["accession", "Counterexample", "consent to be bound given in one step"]),
        ("shapes", ["Accession", "A body is also an organisation"]),
        ("alignments", ["Alignments of the OPSC ontology"]),
        ("graph/participation", ["11516 triples", "all"]),
        ("browse", ["State", "offence"]),
        ("browse/State", ["Afghanistan", "1 to 20 of"]),
        ("browse/skos:ConceptScheme", ["conduct"]),
    ],
)
def test_a_page_shows_what_it_is_for(opsc: Server, path: str, texts: list[str]) -> None:
    shown = page(opsc, f"/{path}")
    for text in texts:
        assert text in shown.text


@pytest.mark.parametrize(
    "path", ["doc/id/state/NOR", "ns", "shapes", "graph/derived", "browse", "browse/State", "doc/eli/opsc"]
)
def test_a_page_is_well_made(opsc: Server, path: str) -> None:
    shown = page(opsc, f"/{path}")
    assert shown.attributes("html", "lang") == ["en"]
    assert shown.tags.count("h1") == shown.tags.count("main") == 1
    assert not {"script", "style", "img", "iframe"} & set(shown.tags)
    assert not [name for _, found in shown.elements for name in found if name == "style" or name.startswith("on")]
    identifiers = [found["id"] for _, found in shown.elements if "id" in found]
    assert len(identifiers) == len(set(identifiers))
    assert "table" not in shown.tags or "th" in shown.tags


def test_every_term_of_the_ontology_has_its_fragment_on_the_page(opsc: Server) -> None:
    identifiers = set(page(opsc, "/ns").attributes("article", "id"))
    stored = parse(path=Path(__file__).parents[3] / "ontology" / "opsc.ttl", format=RdfFormat.TURTLE)
    terms = {quad.subject.value for quad in stored if isinstance(quad.subject, NamedNode)}
    assert {term.removeprefix(f"{BASE}ns#") for term in terms if term.startswith(f"{BASE}ns#")} <= identifiers


@pytest.mark.parametrize(("path", "file"), [("ns", "opsc.ttl"), ("alignments", "alignments.ttl")])
def test_the_ontology_is_served_as_it_is_stored(opsc: Server, path: str, file: str) -> None:
    stored = {
        quad.triple for quad in parse(path=Path(__file__).parents[3] / "ontology" / file, format=RdfFormat.TURTLE)
    }
    reply = opsc.request("GET", f"/{path}", Accept="text/turtle")
    assert {quad.triple for quad in quads(reply.body, reply.content_type)} == stored


def test_a_graph_is_a_document_of_its_triples(opsc: Server) -> None:
    reply = opsc.request("GET", "/graph/offences", Accept="application/n-quads")
    found = quads(reply.body, reply.content_type)
    assert {quad.graph_name for quad in found} == {DefaultGraph()}
    asked = opsc.ask(f"SELECT (COUNT(*) AS ?n) {{ GRAPH <{BASE}graph/offences> {{ ?s ?p ?o }} }}")
    assert json.loads(asked.body)["results"]["bindings"][0]["n"]["value"] == str(len(found))


def test_links_between_pages_stay_on_the_server_and_are_answered(opsc: Server) -> None:
    shown = page(opsc, "/doc/id/action/opsc/NOR/ratification")
    own = {link for link in shown.attributes("a", "href") if link.startswith("/")}
    assert "/id/state/NOR" in own
    for link in sorted(own):
        assert opsc.request("GET", link.partition("#")[0], Accept="text/html").status in {200, 303}, link


def test_one_iri_of_each_kind_dereferences(opsc: Server, quads: list[Quad]) -> None:
    kinds: dict[str, str] = {}
    for quad in quads:
        for term in (quad.subject, quad.predicate, quad.object, quad.graph_name):
            if isinstance(term, NamedNode) and term.value.startswith(BASE):
                path = local(term.value)
                kinds.setdefault("/".join(path.split("/")[:3]), path)
    assert len(kinds) > 100
    # The descriptions of the dataset and of the endpoint are served by addresses of their own.
    for path in sorted(set(kinds.values()) - {"/dataset", "/sparql"}):
        reply = opsc.request("GET", path, Accept="text/html")
        if reply.status in {302, 303}:
            reply = opsc.request("GET", reply.headers["Location"], Accept="text/html")
        assert reply.status == 200, path


def test_the_page_of_the_ontology_leads_from_a_controlled_property_to_its_scheme(opsc: Server) -> None:
    page = opsc.request("GET", "/ns.html").body.decode()
    (article,) = [part for part in page.split("<article ") if part.startswith('id="effect"')]
    assert 'href="/scheme/statement-effect"' in article

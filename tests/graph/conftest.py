"""A home with a small release, and things to submit to it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pyoxigraph import NamedNode, Quad

from graph.contributions.submission import Submission
from graph.versions import release
from loaders.rdf import reader
from ontology import iris
from shapes import documents

EXAMPLES = documents.FOLDER / "examples"
PREFIXES = """
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix opsc: <https://w3id.org/opsc/ns#> .
@prefix prov: <http://www.w3.org/ns/prov#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""

Submit = Callable[..., Submission]


def small_release(home: Path, *more: Quad) -> release.Release:
    """Write a release of what the shapes' examples refer to and of Norway's two actions, with ``more`` quads."""
    quads = [
        *reader.read(EXAMPLES / "background.ttl", graph=iris.graph("background")),
        *reader.read(EXAMPLES / "RatificationShape.pass.ttl", graph=iris.graph("participation")),
        *more,
    ]
    return release.write(home, release.sorted_nquads(quads), {"inputs": {}}, b"# report\n")


@pytest.fixture(scope="session")
def write_release() -> Callable[..., release.Release]:
    """Writes the small release, with further quads, into a home and makes it the current one."""
    return small_release


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with the small release."""
    small_release(tmp_path / "home")
    return tmp_path / "home"


@pytest.fixture(scope="session")
def submission() -> Submit:
    """Makes a submission of Turtle, whose usual prefixes need not be declared, or of bytes as they are."""

    def submitted(
        content: str | bytes, media_type: str = "text/turtle", submitter: str = "Treaty office"
    ) -> Submission:
        data = content if isinstance(content, bytes) else (PREFIXES + content).encode()
        source = NamedNode("https://example.org/gazette/12")
        return Submission(data, media_type, "sent.ttl", submitter, source, NamedNode("https://example.org/licence"))

    return submitted


@pytest.fixture(scope="session")
def gazette() -> str:
    """A source that conforms, with the name of ``{name}``."""
    return """
<https://example.org/source/{name}> a opsc:Source, prov:Entity ; dcterms:title "Gazette {name}"@en ;
  foaf:page <https://example.org/{name}> ; opsc:sourceAsOf "2007"^^xsd:gYear ;
  opsc:sourceKind <https://w3id.org/opsc/scheme/source-kind/gazette> .
"""


@pytest.fixture(scope="session")
def dated_claim() -> str:
    """A claim, a blank node, of a date for Norway's ratification, by a source that the release describes."""
    return """
[] a opsc:Claim ; opsc:about <https://w3id.org/opsc/id/action/opsc/NOR/ratification> ;
  opsc:claimKind <https://w3id.org/opsc/scheme/claim-kind/date> ; opsc:claimedValue "{date}"^^xsd:date ;
  opsc:accordingTo <https://w3id.org/opsc/id/source/{source}> .
"""

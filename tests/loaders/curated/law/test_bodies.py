from collections.abc import Callable
from pathlib import Path

import pytest
from pyoxigraph import Literal, Quad

from loaders.curated.law import bodies
from loaders.errors import InputError
from ontology import iris
from ontology.terms import DCTERMS, OPSC, ORG, RDF, SKOS, XSD

Edit = Callable[[str, str, str], Path]


@pytest.fixture(scope="module")
def quads(tables: Path) -> list[Quad]:
    return list(bodies.load_bodies(tables))


def test_a_body_in_full(quads: list[Quad]) -> None:
    office = iris.thing("body", "ilo-director-general")
    assert {(quad.predicate, quad.object) for quad in quads if quad.subject == office} == {
        (RDF.type, OPSC.Body),
        (RDF.type, ORG.Organization),
        (SKOS.prefLabel, Literal("Director-General of the International Labour Office", language="en")),
        (DCTERMS.isPartOf, iris.thing("body", "ilo")),
    }


def test_a_role_in_full(quads: list[Quad]) -> None:
    role = iris.thing("role", "un-secretary-general", "opsc-depositary")
    gist = (
        "Depositary of the Protocol: receives instruments and notices, circulates proposals and sends certified copies."
    )
    assert {(quad.predicate, quad.object) for quad in quads if quad.subject == role} == {
        (RDF.type, OPSC.BodyRole),
        (OPSC.body, iris.thing("body", "un-secretary-general")),
        (OPSC.role, iris.concept("role", "depositary")),
        (OPSC.inRespectOf, iris.instrument("opsc")),
        (OPSC.since, Literal("2000-05-25", datatype=XSD.date)),
        *((OPSC.underProvision, iris.provision("opsc", one)) for one in ("13(2)", "15(1)", "16(1)", "17(2)")),
        (OPSC.gist, Literal(gist, language="en")),
        (DCTERMS.source, iris.source("opsc-text")),
    }


@pytest.mark.parametrize(
    ("body", "role", "since"),
    [
        ("unicef", "advocacy", Literal("2001-05", datatype=XSD.gYearMonth)),
        ("ecpat-international", "advocacy", Literal("1990", datatype=XSD.gYear)),
    ],
)
def test_a_start_is_as_exact_as_its_source(quads: list[Quad], body: str, role: str, since: Literal) -> None:
    assert Quad(iris.thing("role", body, role), OPSC.since, since, iris.graph("bodies")) in quads


@pytest.mark.parametrize(
    ("table", "old", "new", "reason"),
    [
        ("body_roles.csv", "monitoring,greta,", "monitoring,greeta,", "'greeta' is not the key of a body"),
        ("body_roles.csv", "monitoring,greta,monitoring-body", "monitoring,greta,watcher", "scheme/role"),
        ("body_roles.csv", "cets-197 36,", "cets-197,", "is not a citation of a provision"),
        ("body_roles.csv", "1990-03-07", "7 March 1990", "is not a date"),
        (
            "bodies.csv",
            "International Labour Office,ilo",
            "International Labour Office,oil",
            "is not the key of a body",
        ),
    ],
)
def test_a_bad_cell_is_reported_with_file_and_line(edited: Edit, table: str, old: str, new: str, reason: str) -> None:
    folder = edited(table, old, new)
    with pytest.raises(InputError, match=reason) as caught:
        list(bodies.load_bodies(folder))
    assert caught.value.file == str(folder / table)
    assert caught.value.line is not None

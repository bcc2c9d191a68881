"""The curated tables as a whole: all are read, and what they name is described."""

from pathlib import Path

import pytest
from pyoxigraph import BlankNode, NamedNode, Quad

from loaders import curated
from loaders.curated import LOADERS
from loaders.errors import InputError
from ontology import documents, iris
from ontology.terms import DCTERMS, OPSC, RDF

SOURCED = (
    OPSC.Instrument,
    OPSC.Provision,
    OPSC.Definition,
    OPSC.Offence,
    OPSC.Obligation,
    OPSC.BodyRole,
    OPSC.Assessment,
    OPSC.TermMapping,
)


@pytest.fixture(scope="module")
def quads(tables: Path) -> set[Quad]:
    return set(curated.load_tables(tables))


def test_every_table_of_the_folder_is_read(tables: Path) -> None:
    read = [name for names, _ in LOADERS for name in names]
    assert sorted(read) == sorted(path.name for path in tables.glob("*.csv"))


def test_there_is_no_blank_node(quads: set[Quad]) -> None:
    assert not [quad for quad in quads if isinstance(quad.subject, BlankNode) or isinstance(quad.object, BlankNode)]


def test_what_the_tables_name_is_described_or_derived(quads: set[Quad]) -> None:
    described = {quad.subject for quad in (*quads, *documents.quads())}
    named = {
        quad.object for quad in quads if isinstance(quad.object, NamedNode) and quad.object.value.startswith(iris.BASE)
    }
    derived = iris.thing("entry-into-force").value
    assert [node.value for node in named - described if not node.value.startswith(derived)] == []


@pytest.mark.parametrize("kind", SOURCED, ids=lambda kind: kind.value.rpartition("#")[2])
def test_every_fact_on_law_has_a_source(quads: set[Quad], kind: NamedNode) -> None:
    subjects = {quad.subject for quad in quads if quad.predicate == RDF.type and quad.object == kind}
    sourced = {quad.subject for quad in quads if quad.predicate == DCTERMS.source}
    assert subjects
    assert subjects - sourced == set()


def test_a_missing_table_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"\.csv: cannot be read"):
        list(curated.load_tables(tmp_path))


def test_loading_twice_gives_the_same_quads_in_the_same_order(tables: Path) -> None:
    assert list(curated.load_tables(tables)) == list(curated.load_tables(tables))

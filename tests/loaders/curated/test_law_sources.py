from pathlib import Path

import pytest

from loaders.curated import law_sources
from loaders.errors import InputError
from loaders.tables import Row
from ontology import iris
from ontology.terms import DCTERMS, OPSC


def test_sources_of_both_tables_can_be_cited(tables: Path) -> None:
    assert {"opsc-text", "untc-2015", "document-000"} <= law_sources.source_ids(tables)


def test_no_source_stands_in_both_tables(tables: Path) -> None:
    ids = [line.partition(",")[0] for name in ("sources.csv", "sources_law.csv") for line in _lines(tables / name)]
    assert len(ids) == len(set(ids))


def test_every_law_source_is_used(tables: Path) -> None:
    ids = {line.partition(",")[0] for line in _lines(tables / "sources_law.csv")}
    used = "".join(path.read_text(encoding="utf-8") for path in tables.glob("*.csv") if path.name != "sources_law.csv")
    addresses = {source: address for address, source in law_sources.source_ids_by_address(tables).items()}
    assert {source for source in ids if source not in used and addresses.get(source, source) not in used} == set()


def test_a_source_has_its_kind(tables: Path) -> None:
    kinds = {quad.object for quad in law_sources.load_law_sources(tables) if quad.predicate == OPSC.sourceKind}
    assert iris.concept("source-kind", "treaty-text") in kinds


def test_an_unknown_source_is_reported_with_file_and_line() -> None:
    row = Row("offences.csv", 4, {"sources": "opsc-text; hearsay"})
    with pytest.raises(InputError, match=r"^offences\.csv:4: .*unknown source 'hearsay'"):
        list(law_sources.links(row, "sources", {"opsc-text"}))


def test_a_link_is_a_dublin_core_source() -> None:
    row = Row("offences.csv", 4, {"sources": "opsc-text"})
    assert list(law_sources.links(row, "sources", {"opsc-text"})) == [(DCTERMS.source, iris.source("opsc-text"))]


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()[1:]

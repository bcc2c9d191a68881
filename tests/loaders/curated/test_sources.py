from pathlib import Path

import pytest

from loaders.curated import sources
from loaders.errors import InputError
from ontology import iris
from ontology.terms import DCTERMS, OPSC

DATA = Path(__file__).parents[3] / "graph" / "data"


def test_every_source_has_a_title_and_a_kind() -> None:
    quads = list(sources.load_sources(DATA))
    every = {quad.subject for quad in quads}
    for predicate in (DCTERMS.title, OPSC.sourceKind):
        assert {quad.subject for quad in quads if quad.predicate == predicate} == every


def test_the_five_documents_are_sources() -> None:
    subjects = {quad.subject for quad in sources.load_sources(DATA)}
    assert {iris.source(f"document-00{n}") for n in range(5)} <= subjects


def test_a_source_says_what_it_gives_for_a_deposit() -> None:
    given = sources.values_given(DATA)
    assert (given["untc-2015"], given["hr-status-2022"], given["inview-2022"]) == ("day", "year", "entry-into-force")


def test_an_id_that_stands_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "sources.csv").write_text("id,title,url,kind,as_of,value_given\na,A,,press,,\na,B,,press,,\n")
    with pytest.raises(InputError, match=r"sources\.csv:3: .*already the id"):
        sources.values_given(tmp_path)

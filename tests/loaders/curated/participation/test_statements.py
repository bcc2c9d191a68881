from pathlib import Path

import pytest
from pyoxigraph import NamedNode, Quad

from loaders.curated.participation import statements
from loaders.curated.participation.register import Register
from loaders.errors import InputError
from loaders.tables import Row
from ontology import iris
from ontology.terms import DCTERMS, OPSC, RDF
from tests.loaders.curated.objects import object_set

DATA = Path(__file__).parents[4] / "graph" / "data"
REGISTER = Register({"untc-2015": "day"}, {"NOR": iris.state("NOR")})


@pytest.fixture(scope="module")
def quads() -> list[Quad]:
    return list(statements.load_statements(DATA))


def statement(iso3: str, n: int) -> NamedNode:
    return iris.thing("statement", "opsc", iso3, str(n))


def row(**cells: str) -> Row:
    empty = dict.fromkeys(statements.COLUMNS, "")
    given = {"iso3": "NOR", "n": "1", "kind": "declaration", "effect": "notes", "gist": "Something."}
    return Row("statements.csv", 3, empty | given | cells)


def test_there_are_forty_three_statements_each_with_gist_and_source(quads: list[Quad]) -> None:
    every = {q.subject for q in quads}
    assert len(every) == 43
    for predicate in (OPSC.gist, OPSC.effect, DCTERMS.source, OPSC.participant):
        assert {q.subject for q in quads if q.predicate == predicate} == every


def test_every_objection_answers_a_statement_of_another(quads: list[Quad]) -> None:
    objections = {q.subject for q in quads if q.predicate == RDF.type and q.object == OPSC.Objection}
    answered = {q.subject: q.object for q in quads if q.predicate == OPSC.inReplyTo}
    assert objections == set(answered)
    assert answered == {
        statement("FRA", 1): statement("OMN", 1),
        statement("NOR", 1): statement("OMN", 1),
        statement("NLD", 1): statement("QAT", 1),
        statement("ISR", 2): statement("SYR", 2),
    }


def test_israel_objects_to_the_declaration_and_not_to_the_reservation_of_syria(quads: list[Quad]) -> None:
    (answered,) = object_set(quads, statement("ISR", 2), OPSC.inReplyTo)
    assert OPSC.Declaration in object_set(quads, answered, RDF.type)


def test_a_statement_of_unknown_kind_is_a_statement_and_no_more(quads: list[Quad]) -> None:
    assert object_set(quads, statement("CHN", 1), RDF.type) == {OPSC.Statement}
    assert object_set(quads, statement("CHN", 1), OPSC.dateEarliest) == set()


def test_a_statement_may_concern_several_provisions(quads: list[Quad]) -> None:
    concerned = {iris.provision("opsc", "2(c)"), iris.provision("opsc", "3(1)(c)")}
    assert object_set(quads, statement("DNK", 2), OPSC.concernsProvision) == concerned


def test_who_limits_article_2c(quads: list[Quad]) -> None:
    on = {
        q.subject for q in quads if q.predicate == OPSC.concernsProvision and q.object == iris.provision("opsc", "2(c)")
    }
    authors = {participant for each in on for participant in object_set(quads, each, OPSC.participant)}
    assert authors == {iris.state(code) for code in ("BEL", "DNK", "MYS", "SWE", "USA")}


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"iso3": "NRW"}, "is not a key of participants.csv"),
        ({"kind": "wish"}, "is not a kind of statement"),
        ({"provisions": "article two"}, "is not a reference to a provision"),
        ({"date": "2000-02-30"}, "is not a valid date"),
        ({"kind": "objection", "reply_to": "NOR", "reply_to_n": "4"}, "NOR has no statement with that number"),
    ],
)
def test_a_row_that_is_not_understood_is_refused_with_its_line(cells: dict[str, str], message: str) -> None:
    with pytest.raises(InputError) as refused:
        list(statements.quads([row(**cells)], REGISTER))
    assert str(refused.value).startswith("statements.csv:3: ")
    assert message in str(refused.value)

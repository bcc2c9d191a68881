from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, Quad

from loaders.curated.participation import territories
from loaders.curated.participation.register import Register
from loaders.errors import InputError
from loaders.tables import Row
from ontology import iris
from ontology.terms import DCTERMS, OPSC, RDF, XSD
from tests.loaders.curated.objects import objects

DATA = Path(__file__).parents[4] / "graph" / "data"
ARUBA = iris.thing("action", "opsc", "NLD", "territorial-application", "aruba")


@pytest.fixture(scope="module")
def quads() -> list[Quad]:
    return list(territories.load_territories(DATA))


def of_class(quads: list[Quad], name: str) -> set[NamedNode]:
    return {q.subject for q in quads if q.predicate == RDF.type and q.object == OPSC[name]}


def test_applications_and_exclusions(quads: list[Quad]) -> None:
    assert len(of_class(quads, "TerritorialApplication")) == 10
    moldova = iris.thing("action", "opsc", "MDA", "territorial-exclusion", "moldova-outside-government-control")
    assert of_class(quads, "TerritorialExclusion") == {moldova}


def test_an_application_names_territory_day_and_source(quads: list[Quad]) -> None:
    assert objects(quads, ARUBA, OPSC.territory) == [iris.thing("territory", "aruba")]
    assert objects(quads, ARUBA, OPSC.dateEarliest) == [Literal("2006-10-17", datatype=XSD.date)]
    assert objects(quads, ARUBA, DCTERMS.source) == [iris.source("nl-treaty-database")]


def test_absence_from_a_list_is_a_claim_and_no_action(quads: list[Quad]) -> None:
    absence = iris.concept("claim-kind", "absence")
    absences = {q.subject for q in quads if q.predicate == OPSC.claimKind and q.object == absence}
    about = {q.object for q in quads if q.predicate == OPSC.about and q.subject in absences}
    assert about == {iris.thing("territory", "sint-maarten"), iris.thing("territory", "hong-kong")}
    assert not about & {q.object for q in quads if q.predicate == OPSC.territory}


def test_a_notice_that_only_names_a_territory_claims_no_date(quads: list[Quad]) -> None:
    macao = iris.thing("action", "opsc", "CHN", "territorial-application", "macao")
    about = {q.subject for q in quads if q.predicate == OPSC.about and q.object == macao}
    assert len(about) == 2
    assert not any(objects(quads, claim, OPSC.claimedValue) for claim in about)


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"kind": "cession"}, "is not a known kind"),
        ({"kind": "application"}, "needs its day"),
        ({"kind": "unknown", "territory_key": "atlantis"}, "is not a key of participants.csv"),
    ],
)
def test_a_row_that_is_not_understood_is_refused_with_its_line(cells: dict[str, str], message: str) -> None:
    register = Register({"untc-2015": "day"}, {"NLD": iris.state("NLD"), "aruba": iris.thing("territory", "aruba")})
    empty = dict.fromkeys(territories.COLUMNS, "")
    given = {"iso3": "NLD", "territory_key": "aruba", "sources": "untc-2015"}
    with pytest.raises(InputError) as refused:
        list(territories.quads([Row("territories.csv", 4, empty | given | cells)], register))
    assert str(refused.value).startswith("territories.csv:4: ")
    assert message in str(refused.value)

from collections.abc import Callable
from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, Quad

from loaders.curated.law import instruments
from loaders.errors import InputError
from ontology import iris
from ontology.terms import DCTERMS, ELI, FOAF, OPSC, RDF, SKOS, UNDO, XSD
from tests.loaders.curated.objects import object_set

Edit = Callable[[str, str, str], Path]


@pytest.fixture(scope="module")
def quads(tables: Path) -> list[Quad]:
    return list(instruments.load_instruments(tables))


def test_the_protocol_in_full(quads: list[Quad]) -> None:
    protocol = iris.instrument("opsc")
    expected = {
        RDF.type: {OPSC.Protocol, OPSC.Treaty, OPSC.Instrument, ELI.LegalResource, UNDO.Protocol},
        OPSC.shortTitle: {Literal("OPSC", language="en")},
        SKOS.prefLabel: {Literal("OPSC", language="en")},
        OPSC.dateAdopted: {Literal("2000-05-25", datatype=XSD.date)},
        OPSC.dateInForce: {Literal("2002-01-18", datatype=XSD.date)},
        OPSC.placeOfAdoption: {Literal("New York")},
        OPSC.depositary: {iris.thing("body", "un-secretary-general")},
        OPSC.unSymbol: {Literal("A/RES/54/263")},
        OPSC.mtdsgNumber: {Literal("IV-11-c")},
        OPSC.supplements: {iris.instrument("crc")},
        OPSC.allPartsListed: {Literal("true", datatype=XSD.boolean)},
    }
    assert {predicate: object_set(quads, protocol, predicate) for predicate in expected} == expected
    assert {quad.graph_name for quad in quads if quad.subject == protocol} == {iris.graph("instruments")}


def test_there_are_six_language_versions_authentic_under_article_17(quads: list[Quad]) -> None:
    versions = [quad.subject for quad in quads if quad.object == OPSC.LanguageVersion]
    assert {version.value for version in versions if isinstance(version, NamedNode)} == {
        f"{iris.BASE}eli/opsc/{language}" for language in ("ar", "en", "es", "fr", "ru", "zh")
    }
    for version in versions:
        assert isinstance(version, NamedNode)
        assert object_set(quads, version, OPSC.authenticUnder) == {iris.provision("opsc", "17(1)")}
    french = object_set(quads, instruments.language_version("opsc", "fr"), ELI.language)
    assert french == {NamedNode("http://publications.europa.eu/resource/authority/language/FRA")}


def test_the_draft_of_the_guidelines_is_soft_law_of_its_own(quads: list[Quad]) -> None:
    draft, adopted = iris.instrument("crc-c-156-draft-0"), iris.instrument("crc-c-156")
    assert object_set(quads, draft, RDF.type) == {OPSC.SoftLaw, OPSC.Instrument, ELI.LegalResource}
    assert object_set(quads, adopted, DCTERMS.replaces) == {draft}
    assert object_set(quads, adopted, OPSC.guides) == {iris.instrument("opsc")}


def test_a_wikidata_item_of_a_body_is_a_link_in_the_graph_of_bodies(quads: list[Quad]) -> None:
    unicef = iris.thing("body", "unicef")
    item = NamedNode("http://www.wikidata.org/entity/Q740308")
    assert Quad(unicef, OPSC.wikidata, item, iris.graph("bodies")) in quads


def test_other_identifiers_keep_the_name_of_their_scheme_and_their_note(quads: list[Quad]) -> None:
    protocol = iris.instrument("opsc")
    identifiers = object_set(quads, protocol, DCTERMS.identifier)
    assert {Literal("UNTS registration number 27531"), Literal("US TIAS number 13095")} <= identifiers
    note = "UNTS registration number 27531: same number as the CRC; cited as A-27531"
    assert Literal(note, language="en") in object_set(quads, protocol, OPSC.note)
    assert len(object_set(quads, protocol, FOAF.page)) == 2


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (",Lanzarote Convention,convention,", ",Lanzarote Convention,pact,", "is not a kind of instrument"),
        ("1989-11-20", "1989-11", "is not a full date"),
        (",crc,,,yes,,http", ",no-such,,,yes,,http", "is not the key of an instrument"),
        ("1680081561,coe-treaty-list", "1680081561,hearsay", "unknown source 'hearsay'"),
    ],
)
def test_a_bad_cell_is_reported_with_file_and_line(edited: Edit, old: str, new: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason) as caught:
        list(instruments.load_instruments(edited("instruments.csv", old, new)))
    assert caught.value.file.endswith("instruments.csv")
    assert caught.value.line is not None

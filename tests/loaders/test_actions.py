"""The kinds of participation action, held against the ontology."""

from pathlib import Path

import pytest
from pyoxigraph import NamedNode, RdfFormat, parse

import ontology
from loaders import actions
from ontology.terms import OPSC, RDFS


def test_the_kinds_are_those_of_the_ontology_with_its_superclasses() -> None:
    opsc = Path(ontology.__file__).with_name("opsc.ttl").read_bytes()
    declared = {
        quad.subject.value.removeprefix(OPSC.iri): quad.object.value.removeprefix(OPSC.iri)
        for quad in parse(opsc, format=RdfFormat.TURTLE)
        if quad.predicate == RDFS.subClassOf
        and isinstance(quad.object, NamedNode)
        and quad.object.value.startswith(OPSC.iri)
    }
    below: dict[str, str] = {}
    while found := {
        name: parent for name, parent in declared.items() if name not in below and parent in {actions.ROOT, *below}
    }:
        below.update(found)
    assert below == actions.SUPERCLASS


@pytest.mark.parametrize(
    ("names", "shared"),
    [
        (["Accession"], "Accession"),
        (["Acceptance", "Acceptance"], "Acceptance"),
        (["DefinitiveSignature", "Acceptance"], "ConsentToBeBound"),
        (["Acceptance", "ConsentToBeBound"], "ConsentToBeBound"),
        (["Signature", "SignatureAdReferendum"], "Signature"),
        (["Signature", "Ratification"], "ParticipationAction"),
        (["ParticipationAction", "Ratification"], "ParticipationAction"),
    ],
)
def test_the_nearest_common_class(names: list[str], shared: str) -> None:
    assert actions.nearest_common_superclass(names) == shared


def test_the_segment_of_an_iri_is_the_class_name_in_small_letters_with_hyphens() -> None:
    assert actions.kind_segment("ParticipationByOtherTreaty") == "participation-by-other-treaty"
    assert actions.kind_segment("Signature") == "signature"

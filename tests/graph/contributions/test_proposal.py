"""Validation and contribution take the same steps and give the same answer."""

from collections import Counter
from pathlib import Path

import pytest
from pyoxigraph import BlankNode, NamedNode, Quad

from graph.contributions.contributions import Contributions
from graph.contributions.submission import Submission
from graph.errors import RefusedError
from graph.sparql.dataset import create_store
from graph.validation import report_on_documents
from loaders.rdf import reader
from shapes import reports
from shapes.report import Report

PREFIXES = """
@prefix opsc: <https://w3id.org/opsc/ns#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix org: <http://www.w3.org/ns/org#> .
@base <https://w3id.org/opsc/> .
"""
ACCESSION = """
NAME a opsc:Accession, opsc:ConsentToBeBound, opsc:ParticipationAction ;
  opsc:instrument <eli/opsc> ;
  opsc:participant <id/state/TUV> ;
  opsc:dateEarliest "2025-12-03"^^xsd:date ;
  opsc:dateLatest "2025-12-03"^^xsd:date ;
  opsc:datePrecision <scheme/date-precision/day> ;
  opsc:underProvision <eli/opsc/art_13/par_2> ;
  dcterms:source <id/source/nl-treaty-database> .
"""
BODY = "<https://example.org/body> a opsc:Body, org:Organization ; skos:prefLabel 'Office'@en ."
OF_MINE = "<https://example.org/body> opsc:note 'More.'@en ."
CLAIM = """
<https://example.org/claim> a opsc:Claim ;
  opsc:about <id/action/opsc/NOR/ratification> ; opsc:claimKind <scheme/claim-kind/date> ;
  opsc:claimedValue "2001-10-05"^^xsd:date ; opsc:accordingTo <id/source/untc-2015> .
"""
# What the gate, the steps before it, and the shapes refuse or accept; each line is a file, in Turtle or TriG.
FILES = {
    "conforms": ACCESSION.replace("NAME", "<https://example.org/tuv/1>"),
    "blank node": CLAIM.replace("<https://example.org/claim>", "[]"),
    "blank node with a mistake": ACCESSION.replace("NAME", "[]").replace("opsc:participant", "opsc:partcipant"),
    "misspelt class": ACCESSION.replace("NAME", "<https://example.org/tuv/2>").replace("a opsc:Acc", "a opsc:Ac"),
    "reserved": "<scheme/conduct/offering> skos:definition 'Anbieten'@de .",
    "label of a concept": "<scheme/conduct/offering> skos:prefLabel 'Anbieten'@de .",
    "label of an unknown concept": "<scheme/conduct/ofering> skos:prefLabel 'Anbieten'@de .",
    "empty": "",
    "foreign graph": "<https://example.org/g> { <https://example.org/a> skos:prefLabel 'x'@en }",
    "datatype": "<https://example.org/a> dcterms:extent '1'^^xsd:nonNegativeInteger .",
    "type of another's thing": "<id/state/NOR> a opsc:FormerState .",
    "claim": CLAIM,
    "body": BODY,
    "more about the body": OF_MINE,
}
SENDER = "Treaty office"


def outcome(report: Report | RefusedError) -> tuple[str, object]:
    """Return the code of a refusal, or what the results are about."""
    if isinstance(report, RefusedError):
        return report.code, report.problem
    named = [
        (str(result.component), str(result.source_shape), str(result.path), result.severity_name)
        for result in report.results
    ]
    return "not-conforming" if not report.conforms else "conforms", Counter(named)


def validated(contributions: Contributions, text: str, sender: str) -> Report | RefusedError:
    parsed = reader.parse((PREFIXES + text).encode(), "application/trig", "file.trig")
    try:
        return report_on_documents([("file.trig", parsed)], contributions.quads(), sender=sender)
    except RefusedError as refusal:
        return refusal


def contributed(contributions: Contributions, text: str, sender: str) -> Report | RefusedError:
    source = NamedNode("https://example.org/source")
    sent = Submission((PREFIXES + text).encode(), "application/trig", "file.trig", sender, source)
    decision = contributions.submit(sent)
    if decision.report is None:
        return RefusedError(decision.code or "", decision.problem)
    return decision.report


def test_the_answer_to_a_file_is_the_same_before_and_at_its_contribution(copied_home: Path) -> None:
    contributions = Contributions(copied_home)
    outcomes = {}
    for name, text in FILES.items():
        before = outcome(validated(contributions, text, SENDER))
        assert before == outcome(contributed(contributions, text, SENDER)), name
        outcomes[name] = before[0]
    others = outcome(validated(contributions, OF_MINE.replace("More", "Less"), "Somebody else"))
    assert others == outcome(contributed(contributions, OF_MINE.replace("More", "Less"), "Somebody else"))
    assert others[0] == "not-conforming"
    assert outcomes == {
        "conforms": "conforms",
        "blank node": "conforms",
        "blank node with a mistake": "not-conforming",
        "misspelt class": "not-conforming",
        "reserved": "reserved",
        "label of a concept": "conforms",
        "label of an unknown concept": "reserved",
        "empty": "empty",
        "foreign graph": "foreign-graph",
        "datatype": "datatype-unsupported",
        "type of another's thing": "not-conforming",
        "claim": "conforms",
        "body": "conforms",
        "more about the body": "conforms",
    }


def test_the_report_has_the_blank_nodes_of_the_file(copied_home: Path) -> None:
    report = validated(Contributions(copied_home), FILES["blank node with a mistake"], SENDER)
    assert isinstance(report, Report)
    assert {type(result.focus_node) for result in report.results} == {BlankNode}


@pytest.mark.parametrize(
    ("text", "new", "known", "described", "extended"),
    [
        (FILES["conforms"], 10, 0, ("https://example.org/tuv/1",), ()),
        (FILES["label of a concept"], 1, 0, (), ("https://w3id.org/opsc/scheme/conduct/offering",)),
        ("<id/state/NOR> a opsc:State .", 0, 1, (), ()),
        (
            "<id/state/NOR> a opsc:State ; skos:prefLabel 'Norwegen'@de .",
            1,
            1,
            (),
            ("https://w3id.org/opsc/id/state/NOR",),
        ),
    ],
)
def test_a_report_says_what_the_file_would_do_as_a_contribution(
    text: str, new: int, known: int, described: tuple[str, ...], extended: tuple[str, ...], quads: list[Quad]
) -> None:
    parsed = reader.parse((PREFIXES + text).encode(), "text/turtle", "file.ttl")
    report = report_on_documents([("file.ttl", parsed)], create_store(quads))
    assert report.effect is not None
    assert (report.effect.new, report.effect.triples) == (new, new + known)
    assert (report.effect.described, report.effect.extended) == (described, extended)
    written = reports.write(report, "text")
    assert written.startswith("Conforms.")
    assert "already" in written
    assert all(thing in written for thing in (*described, *extended))

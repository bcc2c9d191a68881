"""Actions and claims in Turtle, each with a source of its own."""

PREFIXES = """
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix opsc: <https://w3id.org/opsc/ns#> .
@prefix prov: <http://www.w3.org/ns/prov#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@base <https://w3id.org/opsc/> .
"""
SOURCE = """
<https://example.org/source/{name}> a opsc:Source, prov:Entity ; opsc:sourceKind <scheme/source-kind/{kind}> ;
  dcterms:identifier "{name}" ; dcterms:title "Source {name}"@en ; foaf:page <https://example.org/{name}.html> ;
  opsc:sourceAsOf "2026-03-01"^^xsd:date .
"""


def action(state: str, kind: str, day: str, provision: str = "art_13/par_2", more: str = "") -> str:
    """Return an action of a State under the Protocol, with its source."""
    classes = f"opsc:{kind}, opsc:ParticipationAction"
    if kind in {"Ratification", "Accession", "Succession"}:
        classes += ", opsc:ConsentToBeBound"
    name = f"{state}-{kind}".lower()
    return f"""
<https://example.org/{name}> a {classes} ; opsc:instrument <eli/opsc> ; opsc:participant <id/state/{state}> ;
  opsc:dateEarliest "{day}"^^xsd:date ; opsc:dateLatest "{day}"^^xsd:date ;
  opsc:datePrecision <scheme/date-precision/day> ;
  opsc:underProvision <eli/opsc/{provision}> ; dcterms:source <https://example.org/source/{name}> {more} .
{SOURCE.format(name=name, kind="gazette")}"""


def claim(about: str, value: str, name: str, kind: str = "gazette", more: str = "") -> str:
    """Return a claim of a day, or what ``more`` says, by a source of its own."""
    return f"""
<https://example.org/claim/{name}> a opsc:Claim ; opsc:about <{about}> ; opsc:claimKind <scheme/claim-kind/date> ;
  opsc:claimedValue {value} ; opsc:accordingTo <https://example.org/source/{name}> {more} .
{SOURCE.format(name=name, kind=kind)}"""


def day(text: str) -> str:
    """Return an ``xsd:date`` in Turtle."""
    return f'"{text}"^^xsd:date'


RESERVATION = """
<https://example.org/withdrawal> a opsc:WithdrawalOfStatement, opsc:Statement ; opsc:instrument <eli/opsc> ;
  opsc:participant <id/state/LAO> ; opsc:inReplyTo <id/statement/opsc/LAO/1> ; opsc:gist "Takes it back."@en ;
  opsc:dateEarliest "{day}"^^xsd:date ; opsc:dateLatest "{day}"^^xsd:date ;
  opsc:datePrecision <scheme/date-precision/day> ; dcterms:source <https://example.org/source/lao> .
""" + SOURCE.format(name="lao", kind="gazette")
"""The withdrawal of a reservation on ``{day}``."""

"""The page about one thing: its description, arranged for readers."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from flask import render_template
from pyoxigraph import Literal, NamedNode

from endpoint.http.representations import RequestedDocument, alternates
from endpoint.pages.term_view import DisplayText, TermRenderer, prefixed, query_address
from graph.archive import Memento
from graph.views.resource import InverseProperty, PropertyValue, RdfTerm, ResourceDescription
from ontology.terms import DCTERMS, OPSC, PROV, RDF, RDFS, SKOS

_TEXTS: Final = (DCTERMS.title, SKOS.definition, OPSC.gist, DCTERMS.description, SKOS.scopeNote)
_FIRST: Final = (RDF.type, SKOS.prefLabel, SKOS.altLabel, DCTERMS.title, SKOS.definition, OPSC.gist, RDFS.comment)
_AT_A_GLANCE: Final = (
    ("Adopted", (OPSC.dateAdopted,)),
    ("In force", (OPSC.dateInForce,)),
    ("Depositary", (OPSC.depositary,)),
    ("Status", (OPSC.status,)),
    ("Date precision", (OPSC.datePrecision,)),
    ("Claimed value", (OPSC.claimedValue,)),
    ("About", (OPSC.about,)),
    ("By", (OPSC.participant,)),
    ("Under", (OPSC.underProvision,)),
    ("Established by", (OPSC.establishedBy, OPSC.statedIn)),
    ("Rule", (OPSC.derivedBy,)),
    ("Derived from", (PROV.wasDerivedFrom,)),
    ("Agreement of sources", (OPSC.agreement,)),
    ("Sources", (DCTERMS.source, OPSC.accordingTo)),
)
_BRACKETS: Final = (
    ("Date", OPSC.dateEarliest, OPSC.dateLatest),
    ("From", OPSC.beginsEarliest, OPSC.beginsLatest),
    ("Until (exclusive)", OPSC.endsEarliest, OPSC.endsLatest),
)


@dataclass(frozen=True)
class Value:
    """A value as it is shown, with the named graphs that state it."""

    shown: DisplayText
    graphs: tuple[DisplayText, ...]


@dataclass(frozen=True)
class Row:
    """The values of a property: the first of ``total``, with the query that gives all where there are more."""

    predicate: DisplayText
    values: tuple[Value, ...]
    total: int
    query: str


def page(description: ResourceDescription, document: RequestedDocument, moment: Memento | None, most: int) -> str:
    """Return the HTML page of ``description``, with at most ``most`` values for each property."""
    version = moment.version if moment else None
    view = TermRenderer(description.labels, version)
    name = view.show(description.iri)
    texts = [view.best(description.values(one)) for one in _TEXTS]
    return render_template(
        "thing.html",
        view=view,
        iri=description.iri.value,
        name=name,
        types=[view.show(one) for one in description.values(RDF.type) if isinstance(one, NamedNode)],
        texts=[text for text in texts if text is not None and text.text != name.text],
        glance=list(_glance(description, view)),
        place=[view.show(one) for one in description.ancestors],
        parts=description.parts,
        tables=description.tables,
        facts=_facts(description, view, most),
        inverse=_inverse(description, view),
        alternates=alternates(document.path, version),
        moment=moment,
        most=most,
    )


def _glance(description: ResourceDescription, view: TermRenderer) -> Iterable[tuple[str, list[DisplayText]]]:
    for label, earliest, latest in _BRACKETS:
        bracket = [
            next((one.value for one in description.values(end) if isinstance(one, Literal)), None)
            for end in (earliest, latest)
        ]
        if bracket[0] and bracket[1]:
            yield label, [DisplayText(_span(bracket[0], bracket[1]))]
    for label, predicates in _AT_A_GLANCE:
        values = description.values(*predicates)
        if values:
            yield label, [view.show(one) for one in values]


def _span(earliest: str, latest: str) -> str:
    return earliest if earliest == latest else f"between {earliest} and {latest}"


def _facts(description: ResourceDescription, view: TermRenderer, most: int) -> list[Row]:
    grouped: dict[NamedNode, list[PropertyValue]] = {}
    for fact in description.facts:
        grouped.setdefault(fact.predicate, []).append(fact)
    ordered = sorted(grouped, key=lambda one: (_place(one), prefixed(one.value)))
    return [
        Row(
            view.show(predicate),
            tuple(_value(fact.value, fact.graphs, view) for fact in grouped[predicate][:most]),
            len(grouped[predicate]),
            query_address(f"SELECT ?value {{ <{description.iri.value}> <{predicate.value}> ?value }}"),
        )
        for predicate in ordered
    ]


def _place(predicate: NamedNode) -> int:
    return _FIRST.index(predicate) if predicate in _FIRST else len(_FIRST)


def _inverse(description: ResourceDescription, view: TermRenderer) -> list[Row]:
    return [_inverse_row(pointing, description.iri, view) for pointing in description.inverse]


def _inverse_row(pointing: InverseProperty, iri: NamedNode, view: TermRenderer) -> Row:
    return Row(
        view.show(pointing.predicate),
        tuple(_value(link.value, link.graphs, view) for link in pointing.links),
        pointing.total,
        query_address(f"SELECT ?subject {{ ?subject <{pointing.predicate.value}> <{iri.value}> }}"),
    )


def _value(term: RdfTerm, graphs: tuple[NamedNode, ...], view: TermRenderer) -> Value:
    return Value(view.show(term), tuple(_graph(graph, view) for graph in graphs))


def _graph(graph: NamedNode, view: TermRenderer) -> DisplayText:
    short = prefixed(graph.value).removeprefix("graph/")
    return DisplayText(short, href=view.href(graph.value), title=graph.value)

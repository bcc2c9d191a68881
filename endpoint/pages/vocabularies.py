"""``/ns``, ``/shapes`` and ``/alignments``: the documents in which terms and shapes are defined, by their fragments."""

from dataclasses import dataclass
from typing import Final

from flask import Blueprint, Response, render_template
from pyoxigraph import Literal, NamedNode

from endpoint.http import representations
from endpoint.http.representations import HTML, RequestedDocument, address, alternates
from endpoint.pages import memento, not_found
from endpoint.pages.source import GraphReader
from endpoint.pages.term_view import DisplayText, TermRenderer, prefixed
from graph.archive import Memento
from graph.views import resource, vocabulary
from graph.views.vocabulary import Vocabulary, VocabularyTerm
from ontology.iris import BASE
from ontology.terms import DCTERMS, OPSC, OWL, RDF, RDFS, SH, SKOS

_TITLES: Final = {
    "ns": "OPSC ontology",
    "shapes": "Shapes of the OPSC graph",
    "alignments": "Alignments of the OPSC ontology",
}
_GRAPHS: Final = {"ns": vocabulary.ONTOLOGY, "alignments": vocabulary.ALIGNMENTS}
_APART: Final = frozenset(
    {RDF.type, SKOS.prefLabel, SKOS.definition, SKOS.example, OPSC.negativeExample, RDFS.isDefinedBy, SH.name}
    | {SH.description, SH.message, DCTERMS.title, DCTERMS.description}
)


@dataclass(frozen=True)
class Term:
    """A term or shape on the page; ``anchor`` is the fragment of its IRI, for those of the document's own namespace."""

    anchor: str
    iri: str
    name: DisplayText
    types: list[DisplayText]
    texts: list[DisplayText]
    examples: list[DisplayText]
    counter_examples: list[DisplayText]
    rest: list[tuple[DisplayText, list[DisplayText]]]
    uses: int


def blueprint(library: GraphReader) -> Blueprint:
    """Return the routes of the three documents, with and without a suffix."""
    routes = Blueprint("vocabularies", __name__)

    @routes.get("/<any(ns, shapes, alignments):name>")
    def negotiated(name: str) -> Response:
        return _answered(library, RequestedDocument(name, None))

    for path in _TITLES:
        for suffix in representations.SUFFIXES:
            document = representations.parse_document_path(path + suffix)
            routes.add_url_rule(
                f"/{path}{suffix}",
                endpoint=f"{path}_{suffix[1:]}",
                view_func=lambda document=document: _answered(library, document),
            )
    return routes


def _answered(library: GraphReader, document: RequestedDocument) -> Response:
    version = memento.requested_version()
    original = address(document.path)
    gate = library.gate(document.path, original) if version is None else None
    if gate is not None:
        return gate
    chosen = representations.negotiate(document)
    if chosen.format is HTML:
        moment, found = _read(library, document.path, version)
        body: bytes | str = _page(found, document, moment) if found.terms else ""
    else:
        moment, body = _written(library, document.path, version, chosen.format)
    if not body:
        return not_found.answer(library.past, [NamedNode(BASE + document.path)], document.path)
    response = representations.respond(body, chosen, document, None, version)
    return memento.add_headers(response, document.path, original, moment)


def _read(library: GraphReader, path: str, version: str | None) -> tuple[Memento | None, Vocabulary]:
    if path == "shapes":
        return library.ask(version, vocabulary.read_shapes, vocabulary.shapes_quads())
    return library.ask(version, vocabulary.read_vocabulary, _GRAPHS[path])


def _written(library: GraphReader, path: str, version: str | None, wanted: object) -> tuple[Memento | None, bytes]:
    if path == "shapes":
        moment = library.ask(version, resource.find_used, ())[0]
        return moment, vocabulary.serialize_quads(vocabulary.shapes_quads(), wanted, library.limits())  # type: ignore[arg-type]
    return library.ask(version, vocabulary.serialize_vocabulary, _GRAPHS[path], wanted, library.limits())


def _page(found: Vocabulary, document: RequestedDocument, moment: Memento | None) -> str:
    version = moment.version if moment else None
    view = TermRenderer(found.labels, version)
    namespace = f"{BASE}{document.path}#"
    own = [one for one in found.terms if one.iri.value.startswith(namespace)]
    others = [one for one in found.terms if not one.iri.value.startswith(BASE + document.path)]
    header = next((one for one in found.terms if one.iri.value == BASE + document.path), None)
    about = [fact.value for fact in header.facts if fact.predicate == DCTERMS.description] if header else []
    return render_template(
        "vocabulary.html",
        title=_TITLES[document.path],
        iri=BASE + document.path,
        about=view.best(about),
        groups=[
            (title, [_term(one, view, namespace) for one in entries])
            for title, entries in (*_kinds(own), ("Terms of other vocabularies", others))
            if entries
        ],
        alternates=alternates(document.path, version),
        moment=moment,
    )


def _kinds(own: list[VocabularyTerm]) -> list[tuple[str, list[VocabularyTerm]]]:
    kinds = (("Classes", OWL.Class), ("Shapes", SH.NodeShape), ("Property shapes", SH.PropertyShape))
    found = [(title, [one for one in own if _is(one, kind)]) for title, kind in kinds]
    placed = {one.iri for _, entries in found for one in entries}
    rest = "Properties" if any(_is(one, OWL.Class) for one in own) else "SPARQL constraints and other shapes"
    return [*found, (rest, [one for one in own if one.iri not in placed])]


def _is(entry: VocabularyTerm, kind: NamedNode) -> bool:
    return any(fact.predicate == RDF.type and fact.value == kind for fact in entry.facts)


def _term(entry: VocabularyTerm, view: TermRenderer, namespace: str) -> Term:
    def values(*predicates: NamedNode) -> list[DisplayText]:
        return view.others(fact.value for fact in entry.facts if fact.predicate in predicates)

    is_own = entry.iri.value.startswith(namespace)
    rest: dict[NamedNode, list[DisplayText]] = {}
    for fact in entry.facts:
        if fact.predicate not in _APART:
            rest.setdefault(fact.predicate, []).append(view.show(fact.value))
    return Term(
        entry.iri.value.removeprefix(namespace) if is_own else prefixed(entry.iri.value).replace(":", "-"),
        entry.iri.value,
        view.show(entry.iri),
        [
            view.show(one.value)
            for one in entry.facts
            if one.predicate == RDF.type and not isinstance(one.value, Literal)
        ],
        values(SKOS.definition, SH.description, SH.message)[:1],
        values(SKOS.example),
        values(OPSC.negativeExample),
        [(view.show(predicate), shown) for predicate, shown in sorted(rest.items(), key=lambda one: str(one[0]))],
        entry.uses,
    )

"""A report as RDF: https://www.w3.org/TR/shacl/#validation-report."""

from collections.abc import Iterable, Iterator

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Triple

from ontology.rdf import Resource, Term
from ontology.terms import RDF, SH, XSD
from shapes.report import Report, Result


def triples(report: Report) -> Iterator[Triple]:
    """Yield the triples of a report and of the blank nodes of its shapes and paths, in a fixed order."""
    nodes = _BlankNodes(report.details)
    node = BlankNode("report")
    yield Triple(node, RDF.type, SH.ValidationReport)
    yield Triple(node, SH.conforms, Literal(str(report.is_empty).lower(), datatype=XSD.boolean))
    pairs = [(BlankNode(f"result{number}"), result) for number, result in enumerate(report.results, start=1)]
    for result_node, _ in pairs:
        yield Triple(node, SH.result, result_node)
    for result_node, result in pairs:
        yield from _result_triples(result_node, result, nodes)
    yield from nodes.descriptions()


class _BlankNodes:
    """Relabels the blank nodes of a report in order of their first use, since parsers label them at random."""

    def __init__(self, details: Iterable[Quad]) -> None:
        self._details: dict[Resource, list[Quad]] = {}
        for quad in details:
            if isinstance(quad.subject, BlankNode):
                self._details.setdefault(quad.subject, []).append(quad)
        self._labels: dict[Resource, BlankNode] = {}
        self._undescribed: list[Resource] = []

    def relabelled(self, term: Term) -> Term:
        if not isinstance(term, BlankNode):
            return term
        if term not in self._labels:
            self._labels[term] = BlankNode(f"node{len(self._labels) + 1}")
            self._undescribed.append(term)
        return self._labels[term]

    def descriptions(self) -> Iterator[Triple]:
        """Yield the triples of every relabelled node, and of the blank nodes in them."""
        while self._undescribed:
            node = self._undescribed.pop(0)
            for quad in sorted(self._details.get(node, []), key=_detail_order):
                value = quad.object if isinstance(quad.object, Triple) else self.relabelled(quad.object)
                yield Triple(self._labels[node], quad.predicate, value)


def _result_triples(node: BlankNode, result: Result, nodes: _BlankNodes) -> Iterator[Triple]:
    yield Triple(node, RDF.type, SH.ValidationResult)
    properties: dict[NamedNode, Term | None] = {
        SH.focusNode: result.focus_node,
        SH.resultPath: result.path,
        SH.value: result.value,
        SH.resultSeverity: result.severity,
        SH.sourceConstraintComponent: result.component,
        SH.sourceShape: result.source_shape,
        SH.sourceConstraint: result.source_constraint,
    }
    for predicate, term in properties.items():
        if term is not None:
            yield Triple(node, predicate, nodes.relabelled(term))
    for message in result.messages:
        yield Triple(node, SH.resultMessage, message)
    for number, detail in enumerate(result.details, start=1):
        detail_node = BlankNode(f"{node.value}x{number}")
        yield Triple(node, SH.detail, detail_node)
        yield from _result_triples(detail_node, detail, nodes)


def _detail_order(quad: Quad) -> tuple[str, str]:
    value = quad.object
    return (quad.predicate.value, "" if isinstance(value, BlankNode) else str(value))

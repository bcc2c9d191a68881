"""Validation by pySHACL, the processor that sets the standard for the project's own engine.

pySHACL works on rdflib graphs; quads are turned into them here, and its report back into results. It gets parsed graphs
only: a string it would open as a file or a URL. Advanced features, JavaScript and imports stay off.
"""

import logging
import re
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import pyoxigraph as ox
import pyshacl
import rdflib
from pyshacl.errors import ReportableRuntimeError, ShapeRecursionWarning
from rdflib.term import Node as RdflibNode

from ontology.terms import RDF, RDFS, SH
from shapes.errors import ShapesError
from shapes.graph import Node
from shapes.report import Report, Result, Term

_SHACL = rdflib.Namespace(SH.iri)


def run(data: Iterable[ox.Quad], shapes: Iterable[ox.Quad]) -> Report:
    """Return the report of pySHACL on the triples of ``data`` against ``shapes``, whatever graphs the quads are in.

    Raises ``ShapesError`` when pySHACL refuses the shapes, and for triple terms (RDF 1.2), which SHACL 1.0 lacks.
    """
    with _strict(), _exact_literals():
        data_graph, shapes_graph = _rdflib_graph(data), _rdflib_graph(shapes)
        try:
            _, report, text = pyshacl.validate(
                data_graph,
                shacl_graph=shapes_graph,
                inplace=True,
                advanced=False,
                js=False,
                do_owl_imports=False,
                meta_shacl=False,
            )
        except ShapeRecursionWarning as error:
            raise ShapesError(
                "the shapes refer to themselves, which SHACL leaves undefined; break the circle"
            ) from error
        except (ReportableRuntimeError, NotImplementedError, AssertionError, RecursionError, re.error) as error:
            reason = " ".join(str(error).split()) or type(error).__name__
            raise ShapesError(f"pySHACL cannot use the shapes: {reason}") from error
        if not isinstance(report, rdflib.Graph):
            raise ShapesError(f"pySHACL cannot use the shapes: {' '.join(text.split())}")
        return _report(report)


def relevant(data: Iterable[ox.Quad], shapes: Iterable[ox.Quad]) -> Iterable[ox.Quad]:
    """Return the quads of ``data`` that core constraints of ``shapes`` can look at.

    A core constraint follows predicates that the shapes name, ``rdf:type`` and ``rdfs:subClassOf``; only ``sh:closed``
    looks at others. Shapes with a SPARQL constraint get all of the data.
    """
    listed = list(shapes)
    if any(quad.predicate in (SH.closed, SH.sparql) for quad in listed):
        return data
    named = {RDF.type, RDFS.subClassOf, *(quad.object for quad in listed)}
    return (quad for quad in data if quad.predicate in named)


@contextmanager
def _strict() -> Iterator[None]:
    """Make pySHACL stop at shapes that refer to themselves, where it would warn and leave results out."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", ShapeRecursionWarning)
        yield


@contextmanager
def _exact_literals() -> Iterator[None]:
    """Keep rdflib from rewriting literals, and both libraries from logging what the report or an exception will say."""
    normalized = rdflib.NORMALIZE_LITERALS
    loggers = [logging.getLogger(name) for name in ("rdflib.term", "pyshacl-validate")]
    rdflib.NORMALIZE_LITERALS = False
    for logger in loggers:
        logger.addFilter(_nothing)
    try:
        yield
    finally:
        rdflib.NORMALIZE_LITERALS = normalized
        for logger in loggers:
            logger.removeFilter(_nothing)


def _nothing(_: logging.LogRecord) -> bool:
    return False


def _rdflib_graph(quads: Iterable[ox.Quad]) -> rdflib.Graph:
    graph = rdflib.Graph(bind_namespaces="none")
    terms: dict[object, RdflibNode] = {}

    def converted(term: object) -> RdflibNode:
        node = terms.get(term)
        if node is None:
            node = terms[term] = _to_rdflib(term)
        return node

    for quad in quads:
        graph.add((converted(quad.subject), converted(quad.predicate), converted(quad.object)))
    return graph


def _to_rdflib(term: object) -> RdflibNode:
    match term:
        case ox.NamedNode():
            return rdflib.URIRef(term.value)
        case ox.BlankNode():
            return rdflib.BNode(term.value)
        case ox.Literal(language=str(language)):
            return rdflib.Literal(term.value, lang=language)
        case ox.Literal():
            return rdflib.Literal(term.value, datatype=rdflib.URIRef(term.datatype.value))
    raise ShapesError(f"the triple term {term} is RDF 1.2; SHACL validates RDF 1.1, so leave it out")


def _from_rdflib(node: RdflibNode) -> Term:
    if isinstance(node, rdflib.Literal):
        if node.language:
            return ox.Literal(str(node), language=node.language)
        return ox.Literal(str(node), datatype=ox.NamedNode(str(node.datatype)) if node.datatype else None)
    return _reference(node)


def _reference(node: RdflibNode) -> Node:
    return ox.BlankNode(str(node)) if isinstance(node, rdflib.BNode) else ox.NamedNode(str(node))


def _report(graph: rdflib.Graph) -> Report:
    nodes = set(graph.objects(None, _SHACL.result))
    described = {*nodes, *graph.subjects(rdflib.RDF.type, _SHACL.ValidationReport)}
    details = (
        ox.Quad(_reference(subject), ox.NamedNode(str(predicate)), _from_rdflib(value))
        for subject, predicate, value in graph
        if isinstance(subject, rdflib.BNode) and subject not in described
    )
    return Report.of((_result(graph, node) for node in nodes), details)


def _result(graph: rdflib.Graph, node: RdflibNode) -> Result:
    def reference(predicate: rdflib.URIRef) -> Node | None:
        value = graph.value(node, predicate)
        return None if value is None else _reference(value)

    def required(predicate: rdflib.URIRef) -> RdflibNode:
        value = graph.value(node, predicate)
        if value is None:
            raise ShapesError(f"pySHACL reported a result without {predicate}")
        return value

    value = graph.value(node, _SHACL.value)
    messages = [_from_rdflib(message) for message in graph.objects(node, _SHACL.resultMessage)]
    return Result(
        focus_node=_from_rdflib(required(_SHACL.focusNode)),
        component=ox.NamedNode(str(required(_SHACL.sourceConstraintComponent))),
        severity=ox.NamedNode(str(required(_SHACL.resultSeverity))),
        source_shape=_reference(required(_SHACL.sourceShape)),
        path=reference(_SHACL.resultPath),
        value=None if value is None else _from_rdflib(value),
        source_constraint=reference(_SHACL.sourceConstraint),
        messages=tuple(sorted((m for m in messages if isinstance(m, ox.Literal)), key=str)),
    )

"""Validation of data against the project's shapes, or against shapes that a user brings.

The project's own shapes are evaluated in two ways that together give the report of pySHACL: core constraints by pySHACL
itself, SPARQL constraints by pyoxigraph for all focus nodes at once (:mod:`shapes.constraints`). Shapes from a user go
to pySHACL alone.
"""

from collections.abc import Collection, Iterable
from typing import Final

from pyoxigraph import Quad, Store

from ontology.terms import DCTERMS, OPSC, RDFS, SKOS
from shapes import constraints, documents, processor
from shapes.graph import ShapesGraph
from shapes.report import Report, labels

_LABELS: Final = (SKOS.prefLabel, RDFS.label, OPSC.shortTitle, DCTERMS.title)


def validate(data: Iterable[Quad], shapes: Iterable[Quad] | None = None) -> Report:
    """Return the validation report of ``data`` against ``shapes``, or against the core shapes of the project.

    Named graphs are merged: a shape sees every triple. Raises ``ShapesError`` when ``shapes`` cannot be used.
    """
    quads = list(data)
    if shapes is None:
        return _labelled(_by_parts(quads, documents.core()), quads)
    brought = list(shapes)
    constraints.check_queries(ShapesGraph(brought))
    return _labelled(processor.run(quads, brought), quads)


def validate_contribution(contribution: Collection[Quad], release: Iterable[Quad] = ()) -> Report:
    """Return the report of contributed data, merged with a release, against the core and the contribution shapes.

    The stricter shapes apply to what the contribution makes statements about. Of the rest of the graph only violations
    are reported: those are what the contribution would break.
    """
    described = {quad.subject for quad in contribution}
    merged = [*contribution, *release]
    core = _by_parts(merged, documents.core())
    strict = _by_parts(merged, documents.contribution())
    results = [
        *(result for result in core.results if result.focus_node in described or result.severity_name == "violation"),
        *(result for result in strict.results if result.focus_node in described),
    ]
    return _labelled(Report.of(results, (*core.details, *strict.details)), merged)


def _by_parts(data: Collection[Quad], shapes: Iterable[Quad]) -> Report:
    sparql, core = constraints.split(ShapesGraph(shapes))
    hoisted = core.hoisted()
    report = processor.run(processor.relevant(data, hoisted), hoisted)
    found = constraints.results(store_of(data), sparql) if sparql else ()
    return Report.of([*report.results, *found], report.details)


def store_of(data: Iterable[Quad]) -> Store:
    """Return a store whose default graph is the merge of all graphs of ``data``."""
    store = Store()
    store.bulk_extend(Quad(quad.subject, quad.predicate, quad.object) for quad in data)
    return store


def _labelled(report: Report, data: Iterable[Quad]) -> Report:
    if not report.results:
        return report
    things = [result.focus_node for result in report.results]
    return Report(report.results, report.details, labels(data, things, _LABELS))

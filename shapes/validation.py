"""Validation of data against the project's shapes, or against shapes that a user brings.

All shapes go through the engine (:mod:`shapes.engine`), which gives the report of pySHACL.
"""

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Final

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, Store

from ontology.terms import DCTERMS, OPSC, RDF, RDFS, SKOS, XSD
from shapes import constraints, documents
from shapes.engine.data import Data, QuadsSource, StoreSource
from shapes.engine.engine import Engine
from shapes.graph import ShapesGraph
from shapes.report import Report, Term, labels

_KEPT: Final = frozenset({XSD.string, RDF.langString})
_LABELS: Final = (SKOS.prefLabel, RDFS.label, OPSC.shortTitle, DCTERMS.title)


def validate(data: Iterable[Quad] | Store, shapes: Iterable[Quad] | None = None) -> Report:
    """Return the validation report of ``data`` against ``shapes``, or against the core shapes of the project.

    Named graphs of quads are merged: a shape sees every triple, and every literal as it was written. Of a store the
    default graph is validated, as it is. Raises ``ShapesError`` when ``shapes`` cannot be used.
    """
    held = data if isinstance(data, Store) else list(data)
    looked_up = Data(StoreSource(held) if isinstance(held, Store) else QuadsSource(held))
    engine = _core() if shapes is None else _brought(list(shapes))
    report = engine.validate(looked_up, lambda: held if isinstance(held, Store) else _faithful_store_of(held))
    return _labelled(report, held)


def validate_contribution(contribution: Collection[Quad], release: Iterable[Quad] | Store = ()) -> Report:
    """Return the report of contributed data, merged with a release; see :func:`validate_change`."""
    return validate_change(contribution, (), release if isinstance(release, Store) else store_of(release))


def validate_change(added: Collection[Quad], removed: Collection[Quad], store: Store) -> Report:
    """Return the report of a graph that is changed, against the core and the contribution shapes.

    The stricter shapes apply to what the change is about. Of the rest of the graph only violations are reported: those
    are what the change would break. For the time of the validation the default graph of ``store`` gets the triples that
    are ``added`` and loses those that are ``removed``.
    """
    described = {quad.subject for quad in (*added, *removed)}
    with _added(store, added), _removed(store, removed):
        data = Data(StoreSource(store))
        core, strict = (engine.validate(data, lambda: store) for engine in (_core(), _contribution()))
        results = [
            *(
                result
                for result in core.results
                if result.focus_node in described or result.severity_name == "violation"
            ),
            *(result for result in strict.results if result.focus_node in described),
        ]
        return _labelled(Report.of(results, (*core.details, *strict.details)), store)


def store_of(data: Iterable[Quad]) -> Store:
    """Return a store whose default graph is the merge of all graphs of ``data``."""
    store = Store()
    store.bulk_extend(Quad(quad.subject, quad.predicate, quad.object) for quad in data)
    return store


def _faithful_store_of(quads: Collection[Quad]) -> Store | None:
    """Return a store of quads, or none when it would rewrite one of their literals, such as ``"007"^^xsd:integer``."""
    literals = {quad.object for quad in quads if isinstance(quad.object, Literal) and quad.object.datatype not in _KEPT}
    sample = Store()
    sample.bulk_extend(Quad(RDF.value, RDF.value, literal) for literal in literals)
    return store_of(quads) if {quad.object for quad in sample} == literals else None


@contextmanager
def _added(store: Store, contribution: Iterable[Quad]) -> Iterator[None]:
    """Add the triples of a contribution to the default graph of a store, and take out what was not there before."""
    triples = (Quad(quad.subject, quad.predicate, quad.object) for quad in contribution)
    new = [triple for triple in dict.fromkeys(triples) if triple not in store]
    store.extend(new)
    try:
        yield
    finally:
        for triple in new:
            store.remove(triple)


@contextmanager
def _removed(store: Store, removed: Iterable[Quad]) -> Iterator[None]:
    """Take triples out of the default graph of a store, and put those back that were there."""
    triples = dict.fromkeys(Quad(quad.subject, quad.predicate, quad.object) for quad in removed)
    gone = [triple for triple in triples if triple in store]
    for triple in gone:
        store.remove(triple)
    try:
        yield
    finally:
        store.extend(gone)


def _brought(shapes: list[Quad]) -> Engine:
    constraints.check_queries(ShapesGraph(shapes))
    return Engine(shapes)


@cache
def _core() -> Engine:
    return Engine(documents.core())


@cache
def _contribution() -> Engine:
    return Engine(documents.contribution())


def _labelled(report: Report, data: Iterable[Quad] | Store) -> Report:
    if not report.results:
        return report
    things = {result.focus_node for result in report.results}
    return Report(report.results, report.details, labels(_about(data, things), things, _LABELS))


def _about(data: Iterable[Quad] | Store, things: Iterable[Term]) -> Iterable[Quad]:
    if not isinstance(data, Store):
        return data
    named = [thing for thing in things if isinstance(thing, NamedNode)]
    return (quad for thing in named for quad in data.quads_for_pattern(thing, None, None, DefaultGraph()))

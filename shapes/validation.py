"""Validation of data against the project's shapes, or against shapes of the user.

The engine (:mod:`shapes.engine`) evaluates all shapes, with the same report as pySHACL.
"""

from collections.abc import Collection, Container, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from types import MappingProxyType
from typing import Final

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, Store

from ontology.memory import without_collection
from ontology.rdf import AnyTerm
from ontology.terms import DCTERMS, OPSC, PREFIXES, RDF, RDFS, SH, SKOS, XSD
from shapes import documents, wellformed
from shapes.data_graph import DataGraph, QuadsSource, StoreSource
from shapes.engine.engine import Engine
from shapes.engine.incremental import IncrementalReport
from shapes.gate import checks as gate
from shapes.gate.checks import ProposedChange
from shapes.gate.statements import PROVENANCE, Statement, statements
from shapes.notes import notes
from shapes.report import Report, Result, labels
from shapes.shapes_graph import ShapesGraph

_NEVER_REWRITTEN: Final = frozenset({XSD.string, RDF.langString})
_DATING: Final = (OPSC.dateEarliest, OPSC.dateLatest, OPSC.datePrecision, DCTERMS.source)
_LABELS: Final = (SKOS.prefLabel, RDFS.label, OPSC.shortTitle, DCTERMS.title)


def validate(
    data: Iterable[Quad] | Store,
    shapes: Iterable[Quad] | None = None,
    prefixes: Mapping[str, str] = PREFIXES,
    background: Iterable[Quad] = (),
) -> Report:
    """Return the validation report of ``data`` against ``shapes``, or against the core shapes of the project.

    Named graphs of quads are merged: a shape sees every triple, and every literal as it was written. Of a store the
    default graph is validated, as it is. ``background`` are those of the triples by which no target selects a node.
    Messages and the report shorten IRIs with ``prefixes``, namespaces by prefix. Raises ``ShapesError`` when ``shapes``
    cannot be used.
    """
    with without_collection():
        return replace(_validated(data, shapes, prefixes, background), prefixes=prefixes)


def _validated(
    data: Iterable[Quad] | Store,
    shapes: Iterable[Quad] | None,
    prefixes: Mapping[str, str],
    background: Iterable[Quad],
) -> Report:
    content = data if isinstance(data, Store) else list(data)
    source = StoreSource(content) if isinstance(content, Store) else QuadsSource(content)
    listed = None if shapes is None else list(shapes)
    engine = _core() if listed is None else _engine_of(listed, prefixes)
    data_graph = DataGraph(source, [(quad.subject, quad.predicate, quad.object) for quad in background])
    report = engine.validate(data_graph, lambda: content if isinstance(content, Store) else _lossless_store(content))
    if listed is not None:
        report = replace(report, notes=tuple(notes(ShapesGraph(listed), data_graph)))
    return _labelled(report, source.with_predicates(_LABELS) if isinstance(source, QuadsSource) else source.store)


def validate_contribution(
    contribution: Collection[Quad],
    release: Iterable[Quad] | Store = (),
    replaced: Mapping[AnyTerm, Collection[Quad]] = MappingProxyType({}),
    *,
    is_file: bool = True,
) -> Report:
    """Return the report of contributed data, merged with a release; see :meth:`ValidatedGraph.validate_change`.

    ``replaced`` are dates of the release in whose place the contribution states smaller ranges, by action. Data that
    are a file do not conform when no shape looks at anything in them.
    """
    graph = release if isinstance(release, Store) else store_about(release, {quad.subject for quad in contribution})
    removed = [quad for quads in replaced.values() for quad in quads]
    validated = ValidatedGraph(graph)
    unseen = validated.report_if_unseen(contribution) if is_file else Report()
    return validated.validate_change(contribution, removed, replaced) if unseen.conforms else unseen


class ValidatedGraph:
    """The default graph of a store, with the report on it: a change costs as much as the shapes that it affects.

    Methods raise ``ShapesError`` when pySHACL refuses a shape.
    """

    def __init__(self, store: Store) -> None:
        self._store: Final = store
        self._report: Final = IncrementalReport(_core(), store)

    def changed(self, triples: Iterable[Quad]) -> None:
        """Invalidate the results that depend on triples just added to the store or removed from it, in any graph."""
        self._report.changed(triples)

    def report(self) -> Report:
        """Return the report on the graph as it is, against the core shapes."""
        return _labelled(self._report.report(), self._store)

    def validate_change(
        self, added: Collection[Quad], removed: Collection[Quad] = (), dated: Container[AnyTerm] = ()
    ) -> Report:
        """Return the report on the graph with a change, against the core and the contribution shapes.

        The stricter contribution shapes and the gate apply to the subjects of the change. For all other focus nodes
        only violations are reported, since the change would cause them. While shapes are evaluated, the default graph
        of the store contains the triples in ``added`` and lacks those in ``removed``. The change may date the things in
        ``dated``, although others have described them.
        """
        described = _subjects(added, removed)
        judgement = self._judgement(added, dated)
        with self._with_change(added, removed):
            core = self._report.report()
            strict = _contribution().validate(self._report.data, lambda: self._store, described)
            results = (*_about_change(core, described), *strict.results)
            listed = (*judgement.without_consequences(results), *judgement.results)
            return _labelled(Report.of(listed, (*core.details, *strict.details)), self._store)

    def judge_change(
        self, added: Collection[Quad], removed: Collection[Quad] = (), dated: Container[AnyTerm] = ()
    ) -> Report:
        """Return the part of :meth:`validate_change` that the core shapes do not give: it takes little time."""
        judgement = self._judgement(added, dated)
        with self._with_change(added, removed):
            strict = _contribution().validate(self._report.data, lambda: self._store, _subjects(added, removed))
            listed = (*judgement.without_consequences(strict.results), *judgement.results)
            return _labelled(Report.of(listed, strict.details), self._store)

    def report_about(self, added: Collection[Quad], removed: Collection[Quad] = ()) -> Report:
        """Return the report on the graph as it is, with all violations, and what else is said of a change in it."""
        report = self.report()
        return replace(report, results=tuple(_about_change(report, _subjects(added, removed))))

    def report_if_unseen(self, added: Collection[Quad]) -> Report:
        """Return the report on a file of which no shape looks at anything; it is empty for every other file."""
        judgement = self._judgement(added, ())
        if judgement.extends or judgement.results or self._is_seen(added):
            return Report()
        return _labelled(Report.of(gate.unseen(added), ()), self._store)

    def _is_seen(self, added: Collection[Quad]) -> bool:
        """Tell whether a subject of a change is a focus node of any shape."""
        shapes = (*_core().targeted_shapes, *_contribution().targeted_shapes)
        targets = {target for shape in shapes for group in shape.targets for target in group}
        stated = list(statements(added))
        if any((SH.targetClass, class_) in targets for class_ in self._classes(stated)):
            return True
        if any((SH.targetSubjectsOf, one.predicate) in targets for one in stated):
            return True
        subjects: set[AnyTerm] = {one.subject for one in stated}
        return not subjects.isdisjoint(self._report.data.focus_nodes(targets))

    def _classes(self, stated: Collection[Statement]) -> set[AnyTerm]:
        """Return the classes of things in a change, and their superclasses."""
        above: dict[AnyTerm, list[AnyTerm]] = {}
        for quad in self._store.quads_for_pattern(None, RDFS.subClassOf, None, DefaultGraph()):
            above.setdefault(quad.subject, []).append(quad.object)
        for one in stated:
            if one.predicate == RDFS.subClassOf:
                above.setdefault(one.subject, []).append(one.object)
        found: set[AnyTerm] = set()
        unvisited: list[AnyTerm] = [one.object for one in stated if one.predicate == RDF.type]
        while unvisited:
            class_ = unvisited.pop()
            if class_ not in found:
                found.add(class_)
                unvisited += above.get(class_, ())
        return found

    def _judgement(self, added: Collection[Quad], dated: Container[AnyTerm]) -> gate.Judgement:
        judged = [quad for quad in added if quad.subject not in dated or quad.predicate not in _DATING]
        return gate.judge(ProposedChange(judged, self._store))

    @contextmanager
    def _with_change(self, added: Iterable[Quad], removed: Iterable[Quad]) -> Iterator[None]:
        """Apply a change to the default graph, and undo it afterwards."""
        new = [triple for triple in _triples(added) if triple not in self._store]
        gone = [triple for triple in _triples(removed) if triple in self._store]
        self._exchange(new, gone)
        try:
            yield
        finally:
            self._exchange(gone, new)

    def _exchange(self, new: list[Quad], gone: list[Quad]) -> None:
        for triple in gone:
            self._store.remove(triple)
        self._store.extend(new)
        self.changed([*new, *gone])


def _about_change(report: Report, described: Container[AnyTerm]) -> Iterator[Result]:
    for result in report.results:
        if result.focus_node in described or result.severity_name == "violation":
            yield result


def _subjects(*quads: Collection[Quad]) -> set[AnyTerm]:
    return {quad.subject for one in quads for quad in one}


def _triples(quads: Iterable[Quad]) -> list[Quad]:
    """Return the triples of quads as quads of the default graph, without repetition."""
    return list(dict.fromkeys(Quad(quad.subject, quad.predicate, quad.object) for quad in quads))


def store_of(data: Iterable[Quad]) -> Store:
    """Return a store whose default graph is the merge of all graphs of ``data``."""
    store = Store()
    store.bulk_extend(Quad(quad.subject, quad.predicate, quad.object) for quad in data)
    return store


def store_about(data: Iterable[Quad], subjects: Collection[AnyTerm]) -> Store:
    """Return :func:`store_of`, with the named graphs that the gate reads: quads about ``subjects``, and provenance."""
    quads = list(data)
    store = store_of(quads)
    store.bulk_extend(quad for quad in quads if quad.subject in subjects or quad.graph_name == PROVENANCE)
    return store


def _lossless_store(quads: Collection[Quad]) -> Store | None:
    """Return a store of quads, or none when it would rewrite one of their literals, such as ``"007"^^xsd:integer``."""
    literals = {
        quad.object
        for quad in quads
        if isinstance(quad.object, Literal) and quad.object.datatype not in _NEVER_REWRITTEN
    }
    sample = Store()
    sample.bulk_extend(Quad(RDF.value, RDF.value, literal) for literal in literals)
    return store_of(quads) if {quad.object for quad in sample} == literals else None


def _engine_of(shapes: list[Quad], prefixes: Mapping[str, str]) -> Engine:
    wellformed.check(shapes)
    return Engine(shapes, prefixes)


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
    return replace(report, labels=labels(_about(data, things), things, _LABELS))


def _about(data: Iterable[Quad] | Store, things: Iterable[AnyTerm]) -> Iterable[Quad]:
    if not isinstance(data, Store):
        return data
    named = [thing for thing in things if isinstance(thing, NamedNode)]
    return (quad for thing in named for quad in data.quads_for_pattern(thing, None, None, DefaultGraph()))

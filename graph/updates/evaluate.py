"""Evaluates SPARQL 1.1 Update over the dataset in memory, whose default graph is the merge of its named graphs.

A triple inserted into the default graph that no named graph holds goes into a named graph of the submission. A triple
deleted from the default graph is deleted from every named graph that holds it. So after each operation the default
graph is as SPARQL 1.1 Update defines it, and still the merge of the named graphs.
"""

import itertools
import re
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, Store, Triple

from graph.errors import RefusedError
from graph.pool.sandbox import no_new_files
from graph.settings import QueryLimits
from graph.sparql import syntax_errors
from graph.sparql.errors import EvaluationFailed, UsingConflict
from graph.sparql.lexer import position
from graph.updates import graph_management, parser
from graph.updates.capture import GraphTriple, RecordingUpdate, UpdateEffect, UsingDataset, to_quad
from graph.updates.parser import UpdateOperation
from graph.versions.delta import Delta, apply_delta, compute_delta, quads_of_graph
from ontology import iris

_ERROR_POSITION: Final = re.compile(r"error at (\d+):(\d+)")
_EVALUATION_FAILED: Final = "the update is valid, but its evaluation failed; change or simplify it"
# The engine stops at this operation, which fails: the graph does not exist. Operations after it are only parsed.
_FAILING_OPERATION: Final = "CLEAR GRAPH <urn:opsc:nowhere> ;"


@dataclass(frozen=True)
class UpdateRequest:
    """An update request; ``using`` and ``using_named`` are the IRIs of SPARQL 1.1 Protocol, section 2.2.3."""

    text: str
    using: tuple[str, ...] = ()
    using_named: tuple[str, ...] = ()


def inspect(update: UpdateRequest, limits: QueryLimits) -> tuple[UpdateOperation, ...]:
    """Return the operations of an update request.

    Raises a ``QueryError``: as ``parser.inspect`` does, and ``UsingConflict`` when both the parameters and the text
    name a dataset.
    """
    operations = parser.inspect(update.text, limits)
    named = update.using or update.using_named
    if named and any(operation.index("USING", "WITH") is not None for operation in operations):
        raise UsingConflict("the update has USING or WITH; leave out 'using-graph-uri' and 'using-named-graph-uri'")
    return operations


def check(update: UpdateRequest, limits: QueryLimits) -> None:
    """Raise a ``QueryError`` for an update request that is not valid; nothing is evaluated."""
    for operation in inspect(update, limits):
        parse = _parser(operation)
        try:
            parse(operation.standing_alone)
        except SyntaxError as error:
            raise syntax_errors.locate(operation.standing_alone, str(error), parse, "update") from None


def check_in_process(_: object, update: UpdateRequest, limits: QueryLimits) -> None:
    """Raise as :func:`check` does; a task for a process of a pool, which can be killed."""
    check(update, limits)


def _parser(operation: UpdateOperation) -> syntax_errors.Parse:
    def parse(text: str) -> None:
        """Have the engine parse ``text`` without evaluating it; raise ``SyntaxError`` with a position in ``text``."""
        start = operation.start
        parsed = f"{text[:start]}{_FAILING_OPERATION}{text[start:]}" if len(text) > start else text
        try:
            Store().update(parsed, base_iri=iris.BASE)
        except SyntaxError as error:
            raise SyntaxError(_correct_position(error, text, parsed)) from None
        except RuntimeError:
            return

    return parse


def _correct_position(error: SyntaxError, text: str, parsed: str) -> str:
    """Return the engine's message, with its position in ``parsed`` replaced by that in ``text``."""
    message = str(error)
    match = _ERROR_POSITION.search(message)
    if match is None or text == parsed:
        return message
    line, column = position(text, parsed.index(_FAILING_OPERATION))
    error_line, error_column = int(match[1]), int(match[2])
    if error_line == line and error_column >= column:
        error_column = max(column, error_column - len(_FAILING_OPERATION))
    return message.replace(match[0], f"error at {error_line}:{error_column}", 1)


@dataclass
class Evaluation:
    """The evaluation of the update in the submission ``number``, operation by operation.

    ``judge`` is called with the delta of each operation before the next one is evaluated, and raises ``RefusedError``
    for one that is not permitted. ``using`` replaces the dataset of USING clauses, and ``names`` holds the IRIs of
    blank nodes.
    """

    dataset: Store
    number: int
    using: UsingDataset | None = None
    judge: Callable[[Delta], object] | None = None
    names: dict[BlankNode, NamedNode] = field(default_factory=dict)

    def run(self, operations: Iterable[UpdateOperation]) -> Delta:
        """Return the delta of all operations; the dataset is unchanged when this returns or raises.

        Raises ``RefusedError`` for an operation that cannot be evaluated. While the engine evaluates one, the process
        opens no file and no socket.
        """
        total = Delta()
        try:
            for operation in operations:
                with no_new_files():
                    effect = self._effect(operation)
                delta = self.delta(effect)
                if self.judge is not None:
                    self.judge(delta)
                apply_delta(self.dataset, delta)
                total = total.compose(delta)
        except SyntaxError as error:
            raise RefusedError("malformed", "the update is not valid SPARQL 1.1; check its syntax") from error
        except (EvaluationFailed, OSError, RuntimeError, ValueError) as error:
            raise RefusedError("evaluation-failed", _EVALUATION_FAILED) from error
        finally:
            apply_delta(self.dataset, total.inverse)
        return total

    def _effect(self, operation: UpdateOperation) -> UpdateEffect:
        match operation.keywords:
            case ("INSERT", "DATA"):
                return UpdateEffect(inserted=_inserted_triples(operation.standing_alone))
            case ("DELETE", "DATA"):
                begin, end = operation.tokens[0].start, operation.tokens[0].end
                text = operation.standing_alone
                return UpdateEffect(deleted=_inserted_triples(f"{text[:begin]}INSERT{text[end:]}"))
            case ("INSERT" | "DELETE" | "WITH", *_):
                return self._record(operation)
            case _:
                return graph_management.evaluate(operation, self.dataset)

    def _record(self, operation: UpdateOperation) -> UpdateEffect:
        recording, size = RecordingUpdate(operation), len(self.dataset)
        with self._using_dataset(operation) as using:
            try:
                self.dataset.update(recording.text(using), base_iri=iris.BASE)
            finally:
                effect = recording.collect(self.dataset)
        if len(self.dataset) != size:
            # The engine parsed the update differently than the guard, and wrote to other graphs.
            raise RefusedError("evaluation-failed", _EVALUATION_FAILED, spoils=True)
        return effect

    @contextmanager
    def _using_dataset(self, operation: UpdateOperation) -> Iterator[UsingDataset | None]:
        """Yield the dataset for the patterns; several default graphs are merged into a temporary graph.

        The engine's union of graphs would return a triple once for each graph that holds it.
        """
        using = self.using or _using_clauses(operation)
        if using is None or len(using.default) <= 1:
            yield self.using
            return
        merge = NamedNode(f"urn:opsc:{uuid.uuid4().hex}:merge")
        for name in using.default:
            self.dataset.extend(to_quad(quad.triple, merge) for quad in quads_of_graph(self.dataset, NamedNode(name)))
        try:
            yield UsingDataset((merge.value,), using.named)
        finally:
            self.dataset.remove_graph(merge)

    def delta(self, effect: UpdateEffect) -> Delta:
        """Return the delta of named graphs for an effect: its triples are deleted, and then the others inserted."""
        removed = dict.fromkeys(quad for deleted in effect.deleted for quad in self._quads(deleted))
        added = dict.fromkeys(to_quad(triple, graph) for graph, triple in effect.inserted if graph is not None)
        inserted = {quad.triple for quad in added}
        own = iris.graph(f"contribution/{self.number}")
        for graph, triple in effect.inserted:
            is_held = triple in inserted or any(quad not in removed for quad in self._quads((None, triple)))
            if graph is None and not is_held:
                added[to_quad(triple, own)] = None
        return compute_delta(self.dataset, [self._skolemize(quad) for quad in added], removed)

    def _quads(self, graph_triple: GraphTriple) -> list[Quad]:
        """Return the quads of named graphs with a triple, of one graph or, for the default graph, of all."""
        graph, triple = graph_triple
        if graph is not None:
            quad = to_quad(triple, graph)
            return [quad] if quad in self.dataset else []
        quads = self.dataset.quads_for_pattern(triple.subject, triple.predicate, triple.object)
        return [quad for quad in quads if not isinstance(quad.graph_name, DefaultGraph)]

    def _skolemize(self, quad: Quad) -> Quad:
        if isinstance(quad.object, Triple):
            raise RefusedError("rdf-1.2", f"a value of {quad.predicate} uses RDF 1.2; the graph supports RDF 1.1 only")
        subject, value = quad.subject, quad.object
        return Quad(
            self._iri(subject) if isinstance(subject, BlankNode) else subject,
            quad.predicate,
            self._iri(value) if isinstance(value, BlankNode) else value,
            quad.graph_name,
        )

    def _iri(self, node: BlankNode) -> NamedNode:
        return self.names.setdefault(node, iris.thing("contribution", str(self.number), str(len(self.names) + 1)))


def _inserted_triples(text: str) -> tuple[GraphTriple, ...]:
    """Return the triples that an ``INSERT DATA`` operation inserts."""
    inserted = Store()
    inserted.update(text, base_iri=iris.BASE)
    return tuple(
        (quad.graph_name if isinstance(quad.graph_name, NamedNode) else None, quad.triple) for quad in inserted
    )


def _using_clauses(operation: UpdateOperation) -> UsingDataset | None:
    """Return the dataset of the USING clauses of an operation, or ``None`` if it has none."""
    default: list[str] = []
    named: list[str] = []
    for previous, token in itertools.pairwise(operation.tokens):
        if token.kind in {"iri", "name"} and parser.is_word(previous, "USING", "NAMED"):
            graphs = named if parser.is_word(previous, "NAMED") else default
            graphs.append(graph_management.resolve_iri(operation, token))
    return UsingDataset(tuple(dict.fromkeys(default)), tuple(dict.fromkeys(named))) if default or named else None

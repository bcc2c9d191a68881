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
from graph.updates import capture as captures
from graph.updates import graph_management, parser
from graph.updates.capture import GraphTriple, RecordingUpdate, UpdateEffect, UsingDataset
from graph.updates.parser import UpdateOperation
from graph.versions.delta import Delta, apply_delta, compute_delta, quads_of_graph
from ontology import iris

_REPORTED: Final = re.compile(r"error at (\d+):(\d+)")
_NOT_EVALUATED: Final = "the update is valid, but its evaluation failed; change or simplify it"
_FIRST: Final = "CLEAR GRAPH <urn:opsc:nowhere> ;"


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
        """Have the engine read ``text``; that there is nothing to clear keeps it from evaluating the rest."""
        at = operation.start
        asked = f"{text[:at]}{_FIRST}{text[at:]}" if len(text) > at else text
        try:
            Store().update(asked, base_iri=iris.BASE)
        except SyntaxError as error:
            raise SyntaxError(_moved(error, text, asked)) from None
        except RuntimeError:
            return

    return parse


def _moved(error: SyntaxError, text: str, asked: str) -> str:
    """Return the engine's message with its place moved from what was asked to ``text``."""
    message = str(error)
    reported = _REPORTED.search(message)
    if reported is None or text == asked:
        return message
    line, column = position(text, asked.index(_FIRST))
    found_line, found_column = int(reported[1]), int(reported[2])
    if found_line == line and found_column >= column:
        found_column = max(column, found_column - len(_FIRST))
    return message.replace(reported[0], f"error at {found_line}:{found_column}", 1)


@dataclass
class Evaluation:
    """The evaluation of one update for the submission of a number, operation by operation.

    ``judge`` raises ``RefusedError`` for an operation that may not be, before the next one is evaluated.
    """

    dataset: Store
    number: int
    using: UsingDataset | None = None
    judge: Callable[[Delta], object] | None = None
    names: dict[BlankNode, NamedNode] = field(default_factory=dict)

    def run(self, operations: Iterable[UpdateOperation]) -> Delta:
        """Return the delta that the operations come to; the dataset is as it was when this returns or raises.

        Raises ``RefusedError`` for what cannot be evaluated. While the engine works, the process opens no file and no
        socket.
        """
        total = Delta()
        try:
            for operation in operations:
                with no_new_files():
                    captured = self._captured(operation)
                delta = self.delta(captured)
                if self.judge is not None:
                    self.judge(delta)
                apply_delta(self.dataset, delta)
                total = total.compose(delta)
        except SyntaxError as error:
            raise RefusedError("malformed", "the update is not valid SPARQL 1.1; check its syntax") from error
        except (EvaluationFailed, OSError, RuntimeError, ValueError) as error:
            raise RefusedError("evaluation-failed", _NOT_EVALUATED) from error
        finally:
            apply_delta(self.dataset, total.inverse)
        return total

    def _captured(self, operation: UpdateOperation) -> UpdateEffect:
        match operation.keywords:
            case ("INSERT", "DATA"):
                return UpdateEffect(inserted=_data(operation.standing_alone))
            case ("DELETE", "DATA"):
                begin, end = operation.tokens[0].start, operation.tokens[0].end
                text = operation.standing_alone
                return UpdateEffect(deleted=_data(f"{text[:begin]}INSERT{text[end:]}"))
            case ("INSERT" | "DELETE" | "WITH", *_):
                return self._matched(operation)
            case _:
                return graph_management.evaluate(operation, self.dataset)

    def _matched(self, operation: UpdateOperation) -> UpdateEffect:
        capture, before = RecordingUpdate(operation), len(self.dataset)
        with self._seen(operation) as seen:
            try:
                self.dataset.update(capture.text(seen), base_iri=iris.BASE)
            finally:
                captured = capture.collect(self.dataset)
        if len(self.dataset) != before:
            # What the engine read was not what the guard read, so that it wrote elsewhere.
            raise RefusedError("evaluation-failed", _NOT_EVALUATED, spoils=True)
        return captured

    @contextmanager
    def _seen(self, operation: UpdateOperation) -> Iterator[UsingDataset | None]:
        """Give the dataset for patterns; several default graphs are merged into one that stands there meanwhile.

        The engine's own union would find a triple once for each graph that holds it.
        """
        named = self.using or _using_dataset(operation)
        if named is None or len(named.default) <= 1:
            yield self.using
            return
        merge = NamedNode(f"urn:opsc:{uuid.uuid4().hex}:merge")
        for name in named.default:
            self.dataset.extend(
                captures.quad(quad.triple, merge) for quad in quads_of_graph(self.dataset, NamedNode(name))
            )
        try:
            yield UsingDataset((merge.value,), named.named)
        finally:
            self.dataset.remove_graph(merge)

    def delta(self, captured: UpdateEffect) -> Delta:
        """Return what it comes to in named graphs when triples are deleted and then inserted."""
        removed = dict.fromkeys(quad for stated in captured.deleted for quad in self._held(stated))
        added = dict.fromkeys(captures.quad(triple, graph) for graph, triple in captured.inserted if graph is not None)
        still = {quad.triple for quad in added}
        own = iris.graph(f"contribution/{self.number}")
        for graph, triple in captured.inserted:
            is_held = triple in still or any(quad not in removed for quad in self._held((None, triple)))
            if graph is None and not is_held:
                added[captures.quad(triple, own)] = None
        return compute_delta(self.dataset, [self._skolemised(quad) for quad in added], removed)

    def _held(self, stated: GraphTriple) -> list[Quad]:
        """Return the quads of named graphs that a stated triple of a graph, or of the default graph, stands for."""
        graph, triple = stated
        if graph is not None:
            named = captures.quad(triple, graph)
            return [named] if named in self.dataset else []
        found = self.dataset.quads_for_pattern(triple.subject, triple.predicate, triple.object)
        return [quad for quad in found if not isinstance(quad.graph_name, DefaultGraph)]

    def _skolemised(self, quad: Quad) -> Quad:
        if isinstance(quad.object, Triple):
            raise RefusedError("rdf-1.2", f"a value of {quad.predicate} uses RDF 1.2; the graph supports RDF 1.1 only")
        subject, value = quad.subject, quad.object
        return Quad(
            self._named(subject) if isinstance(subject, BlankNode) else subject,
            quad.predicate,
            self._named(value) if isinstance(value, BlankNode) else value,
            quad.graph_name,
        )

    def _named(self, node: BlankNode) -> NamedNode:
        return self.names.setdefault(node, iris.thing("contribution", str(self.number), str(len(self.names) + 1)))


def _data(text: str) -> tuple[GraphTriple, ...]:
    """Return what an ``INSERT DATA`` inserts."""
    inserted = Store()
    inserted.update(text, base_iri=iris.BASE)
    return tuple(
        (quad.graph_name if isinstance(quad.graph_name, NamedNode) else None, quad.triple) for quad in inserted
    )


def _using_dataset(operation: UpdateOperation) -> UsingDataset | None:
    """Return the dataset that the USING clauses of an operation name."""
    default: list[str] = []
    named: list[str] = []
    for before, token in itertools.pairwise(operation.tokens):
        if token.kind in {"iri", "name"} and parser.is_word(before, "USING", "NAMED"):
            graphs = named if parser.is_word(before, "NAMED") else default
            graphs.append(graph_management.resolve_iri(operation, token))
    return UsingDataset(tuple(dict.fromkeys(default)), tuple(dict.fromkeys(named))) if default or named else None

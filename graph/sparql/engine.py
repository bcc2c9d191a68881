"""Answers SPARQL queries over a store: dataset of the request, evaluation by the engine, serialisation within limits.

Nothing here knows HTTP or processes. Graph names, in the request or in FROM, only select among the graphs of the
store; nothing is fetched.
"""

import contextlib
import io
import itertools
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from pyoxigraph import (
    DefaultGraph,
    NamedNode,
    Quad,
    QueryBoolean,
    QuerySolutions,
    QueryTriples,
    Store,
    Triple,
    serialize,
)

from graph.settings import QueryLimits
from graph.sparql import bounds, csv_results, formats, guard, join_order, rdf_xml, syntax_errors
from graph.sparql.bounds import Bounded, BoundedRows
from graph.sparql.errors import EvaluationFailed, FunctionUnknown, GraphNameInvalid, MemoryExceeded, NotAcceptable
from graph.sparql.formats import Format
from graph.sparql.guard import DatasetClause, Outline
from ontology.iris import BASE
from ontology.terms import PREFIXES

Kind = Literal["solutions", "boolean", "graph"]
Results = QuerySolutions | QueryBoolean | QueryTriples
Functions = Mapping[NamedNode, Callable[..., Any]]

MEMORY_EXCEEDED: Final = (
    "the query needed more memory than one query may use; narrow its patterns, or sort and group fewer rows"
)
_MERGES_KEPT: Final = 4
_SHOWN: Final = 200


@dataclass(frozen=True)
class Query:
    """A query as a client asks it.

    ``default_graphs`` and ``named_graphs`` are the dataset of the request (SPARQL 1.1 Protocol, section 2.1.4), which
    overrides FROM and FROM NAMED in the text. ``solutions_format`` is for SELECT and ASK, ``graph_format`` for
    CONSTRUCT and DESCRIBE; ``None`` means that the client accepts no such format.
    """

    text: str
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    solutions_format: Format | None = formats.JSON
    graph_format: Format | None = formats.TURTLE


@dataclass(frozen=True)
class Answer:
    """A serialised answer, which of the three kinds of results it holds, and whether other endpoints had part in it.

    Only without them does it depend on nothing but the query and the version of the graph.
    """

    body: bytes
    kind: Kind
    format: Format
    federated: bool = False


@dataclass(frozen=True)
class Dataset:
    """The graphs that a query sees: those merged into its default graph, and those that GRAPH finds."""

    default: frozenset[str]
    named: frozenset[str]


class Engine:
    """Answers queries over one store, which it does not change."""

    def __init__(self, store: Store, limits: QueryLimits, *, default_apart: bool = False) -> None:
        """Answer from ``store``.

        With ``default_apart`` queries that name no graph are faster, for half as much memory again.
        """
        self._store = store
        self._default = _default_graph(store) if default_apart else store
        self._limits = limits
        self._merges: OrderedDict[Dataset, Store] = OrderedDict()

    @property
    def store(self) -> Store:
        """The store that queries are answered from."""
        return self._store

    def answer(self, query: Query) -> Answer:
        """Return the answer to ``query``; raise a ``QueryError`` when there is none."""
        return self.answer_inspected(query, guard.inspect(query.text, self._limits))

    def answer_inspected(self, query: Query, outline: Outline, functions: Functions | None = None) -> Answer:
        """Return the answer to a query whose ``outline`` the guard has already given, which may call ``functions``."""
        try:
            return serialized(self._evaluated(query, outline, functions), query, self._limits)
        except SyntaxError as error:
            raise syntax_errors.explain(query.text, str(error)) from None
        except MemoryError:
            raise MemoryExceeded(MEMORY_EXCEEDED) from None
        except (OSError, RuntimeError, ValueError) as error:
            raise engine_failure(str(error)) from error

    def _evaluated(self, query: Query, outline: Outline, functions: Functions | None) -> Results:
        dataset = dataset_of(query, outline)
        asked: dict[str, Any] = {"base_iri": BASE, "custom_functions": dict(functions) if functions else None}
        if dataset is None:
            return _asked(self._store if _may_name_graphs(query.text) else self._default, query.text, outline, asked)
        asked["named_graphs"] = [NamedNode(name) for name in sorted(dataset.named)]
        if len(dataset.default) > 1:
            return _asked(self._merged(dataset), query.text, outline, {**asked, "default_graph": DefaultGraph()})
        asked["default_graph"] = [NamedNode(name) for name in dataset.default]
        return _asked(self._store, query.text, outline, asked)

    def _merged(self, dataset: Dataset) -> Store:
        """Return a store whose default graph is the RDF merge of several graphs.

        The engine's own union of graphs returns a triple once for each graph that holds it.
        """
        merged = self._merges.pop(dataset, None) or _merge(self._store, dataset)
        self._merges[dataset] = merged
        if len(self._merges) > _MERGES_KEPT:
            self._merges.popitem(last=False)
        return merged


def _merge(store: Store, dataset: Dataset) -> Store:
    merged = Store()
    for name in dataset.default:
        quads = store.quads_for_pattern(None, None, None, NamedNode(name))
        merged.extend(Quad(quad.subject, quad.predicate, quad.object) for quad in quads)
    for name in dataset.named:
        merged.extend(store.quads_for_pattern(None, None, None, NamedNode(name)))
    return merged


def _asked(store: Store, query: str, outline: Outline, options: Mapping[str, Any]) -> Results:
    brought_together = join_order.together(query) if outline.rejoins else query
    if brought_together != query:
        # A query that is wrong is asked as it was written, so that the engine tells where.
        with contextlib.suppress(SyntaxError):
            return store.query(brought_together, **options)
    return store.query(query, **options)


def _default_graph(store: Store) -> Store:
    """Return a store with nothing but the default graph of another.

    The engine finds triples among all quads of their subject or object, of which the named graphs have as many again.
    """
    apart = Store()
    apart.bulk_extend(store.quads_for_pattern(None, None, None, DefaultGraph()))
    return apart


def _may_name_graphs(query: str) -> bool:
    """Whether a query can have GRAPH in it, wherever its letters stand; the engine reads no escapes in keywords."""
    return "graph" in query.lower()


def dataset_of(query: Query, outline: Outline) -> Dataset | None:
    """Return the dataset that the request names, else the one that the text names, else ``None``: the store's own."""
    if query.default_graphs or query.named_graphs:
        names = (*query.default_graphs, *query.named_graphs)
        _check_graph_names(names)
        return Dataset(frozenset(query.default_graphs), frozenset(query.named_graphs))
    if not outline.dataset:
        return None
    default = [clause for clause in outline.dataset if not clause.named]
    named = [clause for clause in outline.dataset if clause.named]
    return Dataset(_resolved(outline.prologue, default), _resolved(outline.prologue, named))


def _resolved(prologue: str, clauses: list[DatasetClause]) -> frozenset[str]:
    return frozenset(resolved(prologue, [clause.graph for clause in clauses]))


def _check_graph_names(names: tuple[str, ...]) -> None:
    for name in names:
        try:
            NamedNode(name)
        except ValueError:
            raise GraphNameInvalid(f"'{name[:_SHOWN]}' is not an absolute IRI, so it cannot name a graph") from None


def resolved(prologue: str, names: Sequence[str]) -> list[str]:
    """Return the IRIs that names mean under a query's prefixes and base, as the engine's parser reads them.

    A name is written as in the query: ``<IRI>``, or with a prefix.
    """
    if not names:
        return []
    rows = Store().query(f"{prologue} SELECT ?iri {{ VALUES ?iri {{ {' '.join(names)} }} }}", base_iri=BASE)
    if not isinstance(rows, QuerySolutions):
        raise EvaluationFailed("the names in the query cannot be read")
    iris = (row["iri"] for row in rows)
    return [iri.value for iri in iris if isinstance(iri, NamedNode)]


def written(triples: Iterable[Triple] | Iterable[Quad], wanted: Format, most: int | None = None) -> bytes:
    """Return ``triples`` in one of the graph formats, or quads in one for datasets.

    Raises ``ResultTooLarge`` for more than ``most`` bytes.
    """
    buffer = io.BytesIO() if most is None else Bounded(most)
    _write(triples, buffer, wanted)
    return _tidied(buffer.getvalue(), wanted)


def _write(triples: Iterable[Triple] | Iterable[Quad], buffer: io.BytesIO, wanted: Format) -> None:
    prefixes = PREFIXES if wanted in formats.PREFIXED else None
    writable = rdf_xml.checked(triples) if wanted == formats.RDF_XML else triples
    serialize(writable, buffer, formats.graph_writer(wanted), prefixes=prefixes)


def _tidied(document: bytes, wanted: Format) -> bytes:
    """Leave out the prefixes that ``document`` does not use, and put the others in the order of the alphabet."""
    if wanted not in formats.PREFIXED:
        return document
    header = list(itertools.takewhile(lambda line: line.startswith(b"@prefix "), io.BytesIO(document)))
    body = document[sum(map(len, header)) :]
    return b"".join(sorted(line for line in header if line.split()[1] in body)) + body


def serialized(results: Results, query: Query, limits: QueryLimits) -> Answer:
    """Return results in the format that ``query`` asks for.

    Raises ``NotAcceptable`` when it accepts none, and ``ResultTooLarge`` beyond ``limits``.
    """
    if isinstance(results, QueryTriples):
        graph_format = _accepted(query.graph_format, "CONSTRUCT and DESCRIBE", formats.GRAPHS)
        document = written(_counted(results, limits.result_rows), graph_format, limits.result_bytes)
        return Answer(document, "graph", graph_format)
    solutions_format = _accepted(query.solutions_format, "SELECT and ASK", formats.SOLUTIONS)
    kind: Kind = "boolean" if isinstance(results, QueryBoolean) else "solutions"
    if isinstance(results, QuerySolutions) and solutions_format == formats.CSV:
        buffer = Bounded(limits.result_bytes)
        csv_results.write(results, buffer, limits.result_rows)
    else:
        buffer = Bounded(limits.result_bytes) if kind == "boolean" else BoundedRows(solutions_format, limits)
        results.serialize(buffer, formats.solutions_writer(solutions_format))
    return Answer(buffer.getvalue(), kind, solutions_format)


def _counted(triples: Iterable[Triple], most: int) -> Iterator[Triple]:
    """Yield ``triples``; raise ``ResultTooLarge`` at the one that is too many."""
    left = iter(triples)
    yield from itertools.islice(left, most)
    if next(left, None) is not None:
        raise bounds.too_many_rows(most)


def _accepted(wanted: Format | None, forms: str, offered: tuple[Format, ...]) -> Format:
    if wanted is None:
        listed = ", ".join(one.media_type for one in offered)
        raise NotAcceptable(f"answers to {forms} queries come as {listed}; the request accepts none of them")
    return wanted


def engine_failure(message: str) -> EvaluationFailed | FunctionUnknown:
    """Return the error to show for a query that the engine gave up with ``message``, which is not shown."""
    if "custom function" in message:
        name = message.partition("<")[2].partition(">")[0]
        return FunctionUnknown(f"the function <{name}> is not known here; use the functions of SPARQL 1.1")
    if "does not support RDF 1.2" in message:
        return EvaluationFailed("JSON-LD has no triple terms and base directions; ask for Turtle or N-Triples")
    return EvaluationFailed("the query is valid, but it could not be evaluated; change or simplify it")

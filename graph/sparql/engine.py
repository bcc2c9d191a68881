"""Evaluates SPARQL 1.1 queries over a store: guard, RDF dataset, evaluation by pyoxigraph, serialization within limits.

Nothing here knows HTTP or processes. Graph names, in the request or in FROM, only select among the graphs of the
store; nothing is fetched.
"""

import contextlib
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pyoxigraph import DefaultGraph, NamedNode, Quad, QuerySolutions, Store

from graph.settings import QueryLimits
from graph.sparql import formats, guard, join_order, serialize, syntax_errors
from graph.sparql.errors import EvaluationFailed, FunctionUnknown, GraphNameInvalid, MemoryExceeded
from graph.sparql.formats import GraphFormat, SolutionsFormat
from graph.sparql.guard import DatasetClause, Outline
from graph.sparql.serialize import EngineResult, QueryResult
from ontology.iris import BASE

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
    solutions_format: SolutionsFormat | None = formats.JSON
    graph_format: GraphFormat | None = formats.TURTLE


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

    def update_copies(self, quads: Iterable[Quad]) -> None:
        """Bring the copies that the engine has of graphs up to date after ``quads`` changed in the store."""
        self._merges.clear()
        for quad in quads if self._default is not self._store else ():
            triple = Quad(quad.subject, quad.predicate, quad.object)
            if triple in self._store:
                self._default.add(triple)
            else:
                self._default.remove(triple)

    def answer(self, query: Query) -> QueryResult:
        """Return the answer to ``query``; raise a ``QueryError`` when there is none."""
        return self.answer_inspected(query, guard.inspect(query.text, self._limits))

    def answer_inspected(self, query: Query, outline: Outline, functions: Functions | None = None) -> QueryResult:
        """Return the answer to a query whose ``outline`` the guard has already given, which may call ``functions``."""
        try:
            result = self._evaluated(query, outline, functions)
            return serialize.serialize_result(result, query.solutions_format, query.graph_format, self._limits)
        except SyntaxError as error:
            raise syntax_errors.explain(query.text, str(error)) from None
        except MemoryError:
            raise MemoryExceeded(MEMORY_EXCEEDED) from None
        except (OSError, RuntimeError, ValueError) as error:
            raise engine_failure(str(error)) from error

    def _evaluated(self, query: Query, outline: Outline, functions: Functions | None) -> EngineResult:
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


def _asked(store: Store, query: str, outline: Outline, options: Mapping[str, Any]) -> EngineResult:
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


def engine_failure(message: str) -> EvaluationFailed | FunctionUnknown:
    """Return the error to show for a query that the engine gave up with ``message``, which is not shown."""
    if "custom function" in message:
        name = message.partition("<")[2].partition(">")[0]
        return FunctionUnknown(f"the function <{name}> is not known here; use the functions of SPARQL 1.1")
    if "does not support RDF 1.2" in message:
        return EvaluationFailed("JSON-LD has no triple terms and base directions; ask for Turtle or N-Triples")
    return EvaluationFailed("the query is valid, but it could not be evaluated; change or simplify it")

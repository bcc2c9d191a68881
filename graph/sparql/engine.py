"""Evaluates SPARQL 1.1 queries over a store: guard, RDF dataset, evaluation by pyoxigraph, serialization within limits.

Nothing here knows HTTP or processes. Graph names, in the request or in FROM, only select among the graphs of the
store; nothing is fetched.
"""

import contextlib
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from typing import Literal as LiteralType

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, QueryBoolean, QuerySolutions, QueryTriples, Store

from graph.settings import QueryLimits
from graph.sparql import corrections, formats, functions, guard, join_order, syntax_errors, term_order
from graph.sparql.dataset import default_graph_of
from graph.sparql.errors import EvaluationFailed, FunctionUnknown, GraphNameInvalid, MemoryExceeded, NotAcceptable
from graph.sparql.formats import Format, GraphFormat, ResultFormat, SolutionsFormat
from graph.sparql.guard import DatasetClause, ParsedQuery
from graph.sparql.result_writers import limit_triples
from ontology.iris import BASE
from ontology.terms import RDF, XSD

Functions = Mapping[NamedNode, Callable[..., Any]]

MEMORY_EXCEEDED: Final = "the query exceeded the memory limit; narrow its patterns, or sort and group fewer rows"
_FUNCTIONS: Final[Functions] = {**term_order.FUNCTIONS, **functions.FUNCTIONS}
_MAX_CACHED_MERGES: Final = 4
# Queries may name any predicates.
_MAX_COMPARABLE: Final = 1_000
_SHOWN: Final = 200
ResultForm = LiteralType["solutions", "boolean", "graph"]
EngineResult = QuerySolutions | QueryBoolean | QueryTriples

_Accepted = TypeVar("_Accepted", bound=Format)


@dataclass(frozen=True)
class QueryResult:
    """A serialized result, and its form; ``federated`` says that other endpoints contributed to it.

    Without them it depends on nothing but the query and the version of the graph.
    """

    body: bytes
    kind: ResultForm
    format: ResultFormat
    federated: bool = False


@dataclass(frozen=True)
class Query:
    """A query operation (SPARQL 1.1 Protocol, section 2.1).

    ``default_graphs`` and ``named_graphs`` are the RDF dataset of the request (section 2.1.4), IRIs, which overrides
    FROM and FROM NAMED in the text. ``solutions_format`` is for SELECT and ASK, ``graph_format`` for
    CONSTRUCT and DESCRIBE; ``None`` means that the client accepts no such format.
    """

    text: str
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    solutions_format: SolutionsFormat | None = formats.JSON
    graph_format: GraphFormat | None = formats.TURTLE

    def __post_init__(self) -> None:
        """Replace a byte order mark at the beginning, which editors write, by a space: positions stay the same."""
        if self.text.startswith("\ufeff"):
            object.__setattr__(self, "text", f" {self.text[1:]}")


@dataclass(frozen=True)
class QueryDataset:
    """The RDF dataset of a query (SPARQL 1.1 Query, section 13).

    ``default`` has the IRIs of the graphs that are merged into its default graph, ``named`` those of its named graphs.
    """

    default: frozenset[str]
    named: frozenset[str]


class QueryEngine:
    """Evaluates queries over one store, which it does not change."""

    def __init__(self, store: Store, limits: QueryLimits, *, default_apart: bool = False) -> None:
        """Evaluate over ``store``.

        ``default_apart`` copies the default graph: queries without GRAPH are faster, for 50 % more memory.
        """
        self._store = store
        self._default = default_graph_of(store) if default_apart else store
        self._limits = limits
        self._merges: OrderedDict[QueryDataset, Store] = OrderedDict()
        # Whether the engine orders the objects of some predicates.
        self._comparable: dict[tuple[str, ...], bool] = {}

    @property
    def store(self) -> Store:
        """The store that queries are evaluated over."""
        return self._store

    def update_copies(self, quads: Iterable[Quad]) -> None:
        """Bring the copies that the engine has of graphs up to date after ``quads`` changed in the store."""
        self._merges.clear()
        self._comparable.clear()
        for quad in quads if self._default is not self._store else ():
            triple = Quad(quad.subject, quad.predicate, quad.object)
            if triple in self._store:
                self._default.add(triple)
            else:
                self._default.remove(triple)

    def answer(self, query: Query) -> QueryResult:
        """Return the result of ``query``; raise a ``QueryError`` when it is refused or fails."""
        return self.answer_parsed(query, guard.inspect(query.text, self._limits))

    def answer_parsed(self, query: Query, parsed: ParsedQuery, functions: Functions | None = None) -> QueryResult:
        """Return the result of a query that the guard has already ``parsed``, which may call ``functions``."""
        try:
            result = self._evaluated(query, parsed, functions)
            return serialize_result(result, query.solutions_format, query.graph_format, self._limits)
        except SyntaxError as error:
            raise syntax_errors.locate(query.text, str(error)) from None
        except MemoryError:
            raise MemoryExceeded(MEMORY_EXCEEDED) from None
        except (OSError, RuntimeError, ValueError) as error:
            raise engine_failure(str(error)) from error

    def _evaluated(self, query: Query, parsed: ParsedQuery, functions: Functions | None) -> EngineResult:
        dataset = dataset_of(query, parsed)
        text = corrections.correct(
            query.text,
            lambda names: self._are_comparable(parsed.prologue, names),
            lambda name: dataset is None and self._is_node(parsed.prologue, name),
        )
        options: dict[str, Any] = {"base_iri": BASE, "custom_functions": {**_FUNCTIONS, **(functions or {})}}
        if text != query.text:
            options["custom_aggregate_functions"] = term_order.AGGREGATES
        texts = (join_order.reorder(text) if parsed.may_reorder else text, text, query.text)
        if dataset is None:
            return _evaluate(self._store if _may_name_graphs(query.text) else self._default, texts, options)
        options["named_graphs"] = [NamedNode(name) for name in sorted(dataset.named)]
        if len(dataset.default) > 1:
            return _evaluate(self._merged(dataset), texts, {**options, "default_graph": DefaultGraph()})
        options["default_graph"] = [NamedNode(name) for name in dataset.default]
        return _evaluate(self._store, texts, options)

    def _is_node(self, prologue: str, name: str) -> bool:
        """Whether a term, written as in a query with ``prologue``, is in the default graph of the store."""
        default, nodes = DefaultGraph(), [NamedNode(iri) for iri in resolve_iris(prologue, [name])]
        return any(
            any(self._default.quads_for_pattern(node, None, None, default))
            or any(self._default.quads_for_pattern(None, None, node, default))
            for node in nodes
        )

    def _are_comparable(self, prologue: str, names: Sequence[str]) -> bool:
        """Whether the engine orders the objects of predicates, which are written as in a query with ``prologue``."""
        predicates = tuple(resolve_iris(prologue, names))
        known = self._comparable.get(predicates)
        if known is None:
            if len(self._comparable) >= _MAX_COMPARABLE:
                self._comparable.clear()
            known = self._comparable[predicates] = term_order.are_comparable(self._literals(predicates))
        return known

    def _literals(self, predicates: Sequence[str]) -> Iterator[Literal]:
        """Yield the literals that are objects of predicates: those that are no text, and one of each datatype."""
        values = " ".join(f"<{predicate}>" for predicate in predicates)
        objects = f"VALUES ?p {{ {values} }} {{ ?s ?p ?o }} UNION {{ GRAPH ?g {{ ?s ?p ?o }} }} FILTER(isLiteral(?o))"
        texts = f"SELECT (SAMPLE(?o) AS ?one) {{ {objects} }} GROUP BY (DATATYPE(?o))"
        others = f"SELECT DISTINCT ?o {{ {objects} FILTER(DATATYPE(?o) NOT IN ({XSD.string}, {RDF.langString})) }}"
        for query in (texts, others):
            rows = self._store.query(query)
            if isinstance(rows, QuerySolutions):
                yield from (literal for (literal,) in rows if isinstance(literal, Literal))

    def _merged(self, dataset: QueryDataset) -> Store:
        """Return a store whose default graph is the RDF merge of several graphs.

        The engine's own union of graphs returns a triple once for each graph that holds it.
        """
        merged = self._merges.pop(dataset, None) or _merge(self._store, dataset)
        self._merges[dataset] = merged
        if len(self._merges) > _MAX_CACHED_MERGES:
            self._merges.popitem(last=False)
        return merged


def _merge(store: Store, dataset: QueryDataset) -> Store:
    merged = Store()
    for name in dataset.default:
        quads = store.quads_for_pattern(None, None, None, NamedNode(name))
        merged.extend(Quad(quad.subject, quad.predicate, quad.object) for quad in quads)
    for name in dataset.named:
        merged.extend(store.quads_for_pattern(None, None, None, NamedNode(name)))
    return merged


def _evaluate(store: Store, texts: Sequence[str], options: Mapping[str, Any]) -> EngineResult:
    """Return the result of the first text that the engine accepts, with columns in order of appearance.

    The last is the query as it was written: so the engine reports the position of an error in it.
    """
    for text in dict.fromkeys(texts):
        with contextlib.suppress(SyntaxError):
            result = functions.query(store, text, options)
            named = text
            if isinstance(result, QuerySolutions):
                named = corrections.name_columns(text, [variable.value for variable in result.variables])
            return result if named is text else functions.query(store, named, options)
    return functions.query(store, texts[-1], options)


def _may_name_graphs(query: str) -> bool:
    """Whether a query may use GRAPH: it contains the letters anywhere; the engine allows no escapes in keywords."""
    return "graph" in query.lower()


def dataset_of(query: Query, parsed: ParsedQuery) -> QueryDataset | None:
    """Return the dataset of the request, else that of the dataset clauses, else ``None`` for that of the store."""
    if query.default_graphs or query.named_graphs:
        names = (*query.default_graphs, *query.named_graphs)
        _check_graph_names(names)
        return QueryDataset(frozenset(query.default_graphs), frozenset(query.named_graphs))
    if not parsed.dataset:
        return None
    default = [clause for clause in parsed.dataset if not clause.named]
    named = [clause for clause in parsed.dataset if clause.named]
    return QueryDataset(_graph_iris(parsed.prologue, default), _graph_iris(parsed.prologue, named))


def _graph_iris(prologue: str, clauses: list[DatasetClause]) -> frozenset[str]:
    return frozenset(resolve_iris(prologue, [clause.graph for clause in clauses]))


def _check_graph_names(names: tuple[str, ...]) -> None:
    for name in names:
        try:
            NamedNode(name)
        except ValueError:
            raise GraphNameInvalid(f"'{name[:_SHOWN]}' is not an absolute IRI, so it cannot name a graph") from None


def resolve_iris(prologue: str, names: Sequence[str]) -> list[str]:
    """Return the IRIs of ``names`` under the prefixes and base of a query, as the engine's parser resolves them.

    A name is an IRI reference in angle brackets, or a prefixed name.
    """
    if not names:
        return []
    rows = Store().query(f"{prologue} SELECT ?iri {{ VALUES ?iri {{ {' '.join(names)} }} }}", base_iri=BASE)
    if not isinstance(rows, QuerySolutions):
        raise EvaluationFailed("the IRIs in the query cannot be resolved")
    iris = (row["iri"] for row in rows)
    return [iri.value for iri in iris if isinstance(iri, NamedNode)]


def engine_failure(message: str) -> EvaluationFailed | FunctionUnknown:
    """Return the error for a query whose evaluation failed with ``message``, which clients do not see."""
    name = functions.unsupported(message)
    if name is not None:
        return FunctionUnknown(
            f"the function <{name}> is not known; use those of SPARQL 1.1 and of the service description"
        )
    if "does not support RDF 1.2" in message:
        return EvaluationFailed("JSON-LD cannot express triple terms and base directions; request Turtle or N-Triples")
    return EvaluationFailed("the query is valid, but its evaluation failed; change or simplify it")


def serialize_result(
    result: EngineResult,
    solutions_format: SolutionsFormat | None,
    graph_format: GraphFormat | None,
    limits: QueryLimits,
) -> QueryResult:
    """Return ``result`` in the one of two formats that fits its form.

    Raises ``NotAcceptable`` when that is ``None``, or cannot express the result, and ``ResultTooLarge`` beyond
    ``limits``.
    """
    if isinstance(result, QueryTriples):
        accepted_graph = _accepted(graph_format, "CONSTRUCT and DESCRIBE", formats.GRAPHS)
        triples = limit_triples(result, limits.result_rows)
        return QueryResult(accepted_graph.serialize(triples, limits.result_bytes), "graph", accepted_graph)
    accepted = _accepted(solutions_format, "SELECT and ASK", formats.SOLUTIONS)
    form: ResultForm = "boolean" if isinstance(result, QueryBoolean) else "solutions"
    return QueryResult(accepted.serialize(result, limits), form, accepted)


def _accepted(accepted: _Accepted | None, forms: str, offered: tuple[_Accepted, ...]) -> _Accepted:
    if accepted is None:
        media_types = ", ".join(one.media_type for one in offered)
        raise NotAcceptable(
            f"results of {forms} queries are available as {media_types}; the request accepts none of them"
        )
    return accepted

"""SPARQL in shapes: a data graph for pySHACL whose queries the project's engine evaluates, with variables pre-bound.

rdflib binds a variable in the outermost group only, and is slow. So queries are evaluated by pyoxigraph on a store with
the same triples, once for each focus node. Where no store can hold the literals as they were written, rdflib evaluates
them. In both cases every group of the query sees the pre-bound variables (SHACL, appendix A).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import pyoxigraph as ox
import rdflib
from pyshacl.errors import ReportableRuntimeError
from pyshacl.helper.sparql_query_helper import SPARQLQueryHelper
from rdflib.query import Result

from shapes import query_text
from shapes.adapter.terms import from_rdflib, to_rdflib

_SHAPES_GRAPH: Final = ox.NamedNode("urn:x-opsc:shapes-graph")
# A blank node cannot be written in a query. It is found by its mark, in a graph that no query of a shape names.
_MARKS: Final = ox.NamedNode("urn:x-opsc:pre-bound")
_SHAPES_GRAPH_VARIABLE: Final = "shapesGraph"


def install() -> None:
    """Let pySHACL pass on queries that use ``$shapesGraph``, which it refuses since rdflib has no value for it."""
    SPARQLQueryHelper.bind_sg_regex = query_text.NOTHING


def store_with_shapes(store: ox.Store, shapes: Iterable[ox.Quad]) -> Any:  # noqa: ANN401
    """Add the shapes to a named graph of ``store`` for the ``with`` block, as the value of ``$shapesGraph``."""
    return _added(store, [ox.Quad(quad.subject, quad.predicate, quad.object, _SHAPES_GRAPH) for quad in shapes])


def answered_by(graph: rdflib.Graph, store: ox.Store | None) -> rdflib.Graph:
    """Return ``graph`` with its queries answered from ``store``, or by rdflib where there is none."""
    answer = _from_rdflib(graph) if store is None else _from_store(store)

    def query(
        query_object: str,
        processor: object = None,
        result: object = None,
        initNs: object = None,  # noqa: N803
        initBindings: Mapping[str, Any] | None = None,  # noqa: N803
        use_store_provided: bool = True,
    ) -> Result:
        del processor, result, initNs, use_store_provided
        return answer(query_object, initBindings or {})

    graph.query = query  # type: ignore[method-assign, assignment]
    return graph


def _from_store(store: ox.Store) -> Callable[[str, Mapping[str, Any]], Result]:
    def answer(text: str, bindings: Mapping[str, Any]) -> Result:
        terms = {_SHAPES_GRAPH_VARIABLE: _SHAPES_GRAPH, **{name: from_rdflib(term) for name, term in bindings.items()}}
        patterns = {name: _pattern(name, term) for name, term in terms.items()}
        marks = [_mark(name, term) for name, term in terms.items() if isinstance(term, ox.BlankNode)]
        with _added(store, marks):
            try:
                return _result(store.query(query_text.pre_bound(text, patterns)))
            except (SyntaxError, RuntimeError) as error:
                raise ReportableRuntimeError(f"a query in the shapes cannot be evaluated: {error}") from error

    return answer


def _from_rdflib(graph: rdflib.Graph) -> Callable[[str, Mapping[str, Any]], Result]:
    evaluate = graph.query

    def answer(text: str, bindings: Mapping[str, Any]) -> Result:
        if _SHAPES_GRAPH_VARIABLE in query_text.variables(text):
            raise ReportableRuntimeError("$shapesGraph cannot be used with data whose literals are not canonical")
        terms = {name: from_rdflib(term) for name, term in bindings.items()}
        patterns = {name: _pattern(name, term) for name, term in terms.items() if not isinstance(term, ox.BlankNode)}
        return evaluate(query_text.pre_bound(text, patterns), initBindings=bindings)

    return answer


def _pattern(name: str, term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple) -> str:
    if isinstance(term, ox.BlankNode):
        return f'GRAPH {_MARKS} {{ ?{name} {_MARKS} "{name}" }}'
    return f"VALUES ?{name} {{ {term} }}"


def _mark(name: str, term: ox.BlankNode) -> ox.Quad:
    return ox.Quad(term, _MARKS, ox.Literal(name), _MARKS)


@contextmanager
def _added(store: ox.Store, quads: Iterable[ox.Quad]) -> Iterator[None]:
    added = list(quads)
    store.extend(added)
    try:
        yield
    finally:
        for quad in added:
            store.remove(quad)


def _result(found: ox.QueryBoolean | ox.QuerySolutions | ox.QueryTriples) -> Result:
    if isinstance(found, ox.QueryBoolean):
        result = Result("ASK")
        result.askAnswer = bool(found)
        return result
    if not isinstance(found, ox.QuerySolutions):
        raise ReportableRuntimeError("a query in the shapes is neither SELECT nor ASK")
    names = [variable.value for variable in found.variables]
    result = Result("SELECT")
    result.vars = [rdflib.Variable(name) for name in names]
    result.bindings = [
        {rdflib.Variable(name): to_rdflib(term) for name in names if (term := solution[name]) is not None}
        for solution in found
    ]
    return result

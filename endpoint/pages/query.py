"""``/sparql`` for browsers: a form, and answers as tables with names and links."""

import itertools
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from flask import Response, render_template, request
from pyoxigraph import (
    BlankNode,
    Literal,
    NamedNode,
    QueryResultsFormat,
    QuerySolutions,
    RdfFormat,
    Triple,
    parse_query_results,
)
from pyoxigraph import parse as parse_rdf

from endpoint.http.problems import Problem
from endpoint.http.sparql_protocol import SparqlRequest
from endpoint.pages.source import GraphReader
from endpoint.pages.term_view import DisplayText, TermRenderer
from graph.sparql.engine import QueryResult
from graph.views import labels
from ontology.terms import PREFIXES

# What a browser shows in a moment; every format has all rows.
_MOST_ROWS: Final = 1_000
# A longer query may not fit into the address of a link.
_LONGEST_LINK: Final = 8_000
_EXAMPLE: Final = f"""PREFIX opsc: <{PREFIXES["opsc"]}>
SELECT ?class (COUNT(?thing) AS ?things) WHERE {{
  ?thing a ?class
}} GROUP BY ?class ORDER BY DESC(?things)"""
_SOLUTIONS_FORMATS: Final = (("csv", "CSV"), ("json", "JSON"), ("xml", "XML"))
_GRAPH_FORMATS: Final = (("turtle", "Turtle"), ("jsonld", "JSON-LD"), ("rdfxml", "RDF/XML"))
_DATASET: Final = frozenset({"default-graph-uri", "named-graph-uri"})
_TRIPLE: Final = ("subject", "predicate", "object")

_Term = NamedNode | BlankNode | Literal | Triple | None


@dataclass(frozen=True)
class _Table:
    columns: tuple[str, ...]
    rows: list[tuple[_Term, ...]]
    total: int


class QueryPage:
    """Makes the pages of ``/sparql``."""

    def __init__(self, reader: GraphReader) -> None:
        """Name resources as the graph behind ``reader`` does."""
        self._reader = reader

    def form(self) -> Response:
        """Return the page to write a query on."""
        return _respond(_render(None))

    def results(self, sparql: SparqlRequest, answer: QueryResult) -> Response:
        """Return the page with the ``answer`` to a query, as TSV or N-Triples; of many rows it shows the first ones."""
        if answer.kind == "boolean":
            page = _render(sparql, verdict=answer.body == b"true")
        else:
            table = _triples(answer.body) if answer.kind == "graph" else _solutions(answer.body)
            iris = {term for row in table.rows for term in row if isinstance(term, NamedNode)}
            renderer = TermRenderer(self._reader.ask(None, labels.read_labels, tuple(iris))[1])
            rows = [[_show(term, renderer) for term in row] for row in table.rows]
            page = _render(sparql, columns=table.columns, rows=rows, total=table.total, kind=answer.kind)
        cached = "no-store" if answer.federated else "public"
        return _respond(page, cached)

    def failure(self, sparql: SparqlRequest, problem: Problem) -> Response:
        """Return the page with the reason why a query has no answer, and the query to correct."""
        response = _respond(_render(sparql, problem=problem), "no-store", problem.type.status)
        response.headers.update(problem.headers)
        return response


def _solutions(body: bytes) -> _Table:
    solutions = parse_query_results(body, format=QueryResultsFormat.TSV)
    assert isinstance(solutions, QuerySolutions)  # noqa: S101 - an answer to ASK is none
    rows = [tuple(solution) for solution in itertools.islice(solutions, _MOST_ROWS)]
    # A line for each solution, after that of the header.
    return _Table(tuple(variable.value for variable in solutions.variables), rows, body.count(b"\n") - 1)


def _triples(body: bytes) -> _Table:
    quads = itertools.islice(parse_rdf(body, RdfFormat.N_TRIPLES), _MOST_ROWS)
    return _Table(_TRIPLE, [(quad.subject, quad.predicate, quad.object) for quad in quads], body.count(b"\n"))


def _show(term: _Term, renderer: TermRenderer) -> DisplayText | None:
    if isinstance(term, Triple):
        return DisplayText(str(term))
    return None if term is None else renderer.show(term)


def _render(sparql: SparqlRequest | None, **shown: object) -> str:
    if sparql is None:
        return render_template("query.html", query=_EXAMPLE, dataset=(), **shown)
    query = sparql.query or ""
    dataset = [(name, value) for name, value in sparql.parameters if name in _DATASET]
    address = f"{request.script_root}/sparql?{urlencode([('query', query), *dataset])}"
    offered = _GRAPH_FORMATS if shown.get("kind") == "graph" else _SOLUTIONS_FORMATS
    links = offered if len(address) <= _LONGEST_LINK else ()
    return render_template("query.html", query=query, dataset=dataset, address=address, links=links, **shown)


def _respond(page: str, cache_control: str = "public", status: int = 200) -> Response:
    response = Response(page, status, content_type="text/html; charset=utf-8")
    response.headers["Cache-Control"] = cache_control
    response.vary.update(("Accept", "Accept-Language"))
    return response

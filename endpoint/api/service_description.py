"""The service description (https://www.w3.org/TR/sparql11-service-description/), counted in the served store."""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urljoin

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from endpoint.serving.snapshot import Snapshot
from graph.sparql import formats, functions
from graph.sparql.engine import Query
from ontology.terms import RDF, SD, VOID, XSD

_DEFAULT_GRAPH_SIZE: Final = "SELECT (COUNT(*) AS ?triples) WHERE { ?s ?p ?o }"
_NAMED_GRAPH_SIZES: Final = """
SELECT ?graph (COUNT(*) AS ?triples) WHERE { GRAPH ?graph { ?s ?p ?o } } GROUP BY ?graph ORDER BY ?graph"""
_SIMPLE_ENTAILMENT: Final = NamedNode("http://www.w3.org/ns/entailment/Simple")


@dataclass(frozen=True)
class _Sizes:
    version: str
    default_graph: int
    named_graphs: tuple[tuple[str, int], ...]


class ServiceDescription:
    """Describes the service; the sizes of its graphs are counted once for each version."""

    def __init__(self, takes_updates: Callable[[], bool] = lambda: False, *, federates: bool = False) -> None:
        """Describe a service that, if ``takes_updates`` says so, takes updates at ``/update`` beside its own address.

        That is asked each time, since the first token may be made later. ``federates``: queries may use SERVICE.
        """
        self._takes_updates = takes_updates
        self._federates = federates
        self._counting = threading.Lock()
        self._counted: _Sizes | None = None

    def triples(self, snapshot: Snapshot, endpoint: str) -> list[Triple]:
        """Return the description of the service at the URL ``endpoint``; raise a ``QueryError`` if counting fails."""
        sizes = self._sizes(snapshot)
        service, dataset = BlankNode("service"), BlankNode("dataset")
        merged = (
            [Triple(service, SD.feature, SD.UnionDefaultGraph)]
            if snapshot.pool.settings.default_graph == "merged"
            else []
        )
        return [
            Triple(service, RDF.type, SD.Service),
            Triple(service, SD.endpoint, NamedNode(endpoint)),
            Triple(service, SD.supportedLanguage, SD.SPARQL11Query),
            *merged,
            *([Triple(service, SD.feature, SD.BasicFederatedQuery)] if self._federates else []),
            Triple(service, SD.defaultEntailmentRegime, _SIMPLE_ENTAILMENT),
            *(Triple(service, SD.resultFormat, NamedNode(one.iri)) for one in (*formats.SOLUTIONS, *formats.GRAPHS)),
            *_functions(service),
            Triple(service, SD.availableGraphs, BlankNode("available")),
            *_available(BlankNode("available"), sizes),
            Triple(service, SD.defaultDataset, dataset),
            Triple(dataset, RDF.type, SD.Dataset),
            Triple(dataset, SD.defaultGraph, BlankNode("default")),
            *_graph(BlankNode("default"), sizes.default_graph),
            *_named_graphs(dataset, sizes),
            *(_updating(dataset, urljoin(endpoint, "update")) if self._takes_updates() else ()),
        ]

    def _sizes(self, snapshot: Snapshot) -> _Sizes:
        with self._counting:
            if self._counted is None or self._counted.version != snapshot.version:
                self._counted = _count(snapshot)
            return self._counted


def _count(snapshot: Snapshot) -> _Sizes:
    default = _rows(snapshot, _DEFAULT_GRAPH_SIZE)
    named = _rows(snapshot, _NAMED_GRAPH_SIZES)
    sizes = tuple((row["graph"]["value"], int(row["triples"]["value"])) for row in named if "graph" in row)
    return _Sizes(snapshot.version, int(default[0]["triples"]["value"]), sizes)


def _rows(snapshot: Snapshot, query: str) -> list[dict[str, dict[str, str]]]:
    answer = snapshot.pool.answer(Query(query, solutions_format=formats.JSON))
    rows: list[dict[str, dict[str, str]]] = json.loads(answer.body)["results"]["bindings"]
    return rows


def _functions(service: BlankNode) -> list[Triple]:
    """Describe the functions beyond those of SPARQL 1.1 (section 3.3.3)."""
    known = [NamedNode(iri) for iri in functions.EXTENSIONS]
    named = [Triple(service, SD.extensionFunction, function) for function in known]
    return [*named, *(Triple(function, RDF.type, SD.Function) for function in known)]


def _available(collection: BlankNode, sizes: _Sizes) -> list[Triple]:
    """Describe the graphs that a query may name as its dataset: those of the default dataset (section 3.2.10)."""
    numbers = range(1, len(sizes.named_graphs) + 1)
    named = [Triple(collection, SD.namedGraph, BlankNode(f"named{number}")) for number in numbers]
    return [Triple(collection, RDF.type, SD.GraphCollection), *named]


def _named_graphs(dataset: BlankNode, sizes: _Sizes) -> list[Triple]:
    described: list[Triple] = []
    for number, (name, size) in enumerate(sizes.named_graphs, 1):
        named, content = BlankNode(f"named{number}"), BlankNode(f"graph{number}")
        described += [
            Triple(dataset, SD.namedGraph, named),
            Triple(named, RDF.type, SD.NamedGraph),
            Triple(named, SD.name, NamedNode(name)),
            Triple(named, SD.graph, content),
            *_graph(content, size),
        ]
    return described


def _updating(dataset: BlankNode, address: str) -> list[Triple]:
    # An IRI: clients such as Comunica take the address of any service without a name for that of the query service.
    service = NamedNode(f"{address}#service")
    return [
        Triple(service, RDF.type, SD.Service),
        Triple(service, SD.endpoint, NamedNode(address)),
        Triple(service, SD.supportedLanguage, SD.SPARQL11Update),
        *(Triple(service, SD.inputFormat, NamedNode(one.iri)) for one in formats.READABLE),
        Triple(service, SD.defaultEntailmentRegime, _SIMPLE_ENTAILMENT),
        Triple(service, SD.defaultDataset, dataset),
    ]


def _graph(graph: BlankNode, size: int) -> list[Triple]:
    return [Triple(graph, RDF.type, SD.Graph), Triple(graph, VOID.triples, Literal(str(size), datatype=XSD.integer))]

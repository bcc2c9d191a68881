"""Runs one task of each kind, so that a process has loaded all modules and files before its sandbox forbids that.

The libraries behind validation load parts of themselves, and tables, when they are first used.
"""

import contextlib
import functools
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from pyoxigraph import Quad, RdfFormat, Store, parse, serialize

from graph.errors import GraphError
from graph.federation import clauses as service_clauses
from graph.federation import rewrite
from graph.metadata import description
from graph.pool.lifetime import adopt_orphans
from graph.settings import QueryLimits
from graph.sparql import formats
from graph.sparql.engine import Query, QueryEngine
from graph.updates import evaluate
from graph.updates.evaluate import UpdateRequest
from graph.validation import REPORTS, Document, ValidationRequest, validate_documents
from graph.views import class_index, named_graph, resource, vocabulary
from ontology.terms import OPSC

_PREFIXES: Final = """
@prefix : <http://example.org/> . @prefix opsc: <https://w3id.org/opsc/ns#> .
@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
_DATA: Final = f"""{_PREFIXES}
:thing a :Class, opsc:Ratification ; :text "text", "texte"@fr ; :number 1, 2.5, 1e0 ; :flag true ;
  :node :other, [ :text "nested" ] ; :date "2000-05-25"^^xsd:date ; :time "2000-05-25T00:00:00Z"^^xsd:dateTime ;
  :year "2000"^^xsd:gYear, "no year"^^xsd:gYear ; :duration "P1M"^^xsd:duration ; :list ( 1 2 ) .
"""
_ALL_CONSTRAINTS: Final = (
    f"""{_PREFIXES}
:Shape a sh:NodeShape ; sh:targetClass :Class ; sh:targetNode :thing ; sh:targetSubjectsOf :text ;
  sh:targetObjectsOf :node ; sh:nodeKind sh:Literal ; sh:class :Other ; sh:datatype xsd:string ; sh:in ( :other ) ;
  sh:hasValue :other ; sh:closed true ; sh:ignoredProperties ( :text ) ; sh:node :Inner ; sh:not :Inner ;
  sh:and ( :Inner ) ; sh:or ( :Inner ) ; sh:xone ( :Inner :Inner ) ;
  sh:property :text-shape, :path-shape, :date-shape ; sh:sparql :joined, :bound .
:joined sh:message "{{$this}} {{?value}}"@en ; sh:prefixes :prefixes ; sh:select """
    + """'''
  SELECT $this ?value { $this ex:text ?value FILTER(REGEX(STR(?value), 'T', 'i') && STRLEN(?value) > 1) }''' .
:bound sh:message "no {$this}" ; sh:select '''
  SELECT $this { { $this ?p ?o } UNION { $this ?q ?r } BIND(YEAR(?o) AS ?y) FILTER NOT EXISTS { ?o ?t ?u } }
  ORDER BY ?o LIMIT 1''' .
:prefixes sh:declare [ sh:prefix "ex" ; sh:namespace "http://example.org/"^^xsd:anyURI ] .
:Inner a sh:NodeShape ; sh:property [ sh:path :number ; sh:minExclusive 3 ; sh:maxInclusive 0 ; sh:datatype xsd:date ] .
:text-shape sh:path :text ; sh:minCount 4 ; sh:maxCount 1 ; sh:minLength 9 ; sh:maxLength 1 ; sh:pattern "^x" ;
  sh:flags "i" ; sh:languageIn ( "en" ) ; sh:uniqueLang true ; sh:equals :number ; sh:disjoint :text ;
  sh:lessThan :number ; sh:severity sh:Warning ; sh:message "text"@en, "texte"@fr .
:path-shape sh:minCount 9 ; sh:qualifiedValueShape :Inner ; sh:qualifiedMinCount 9 ; sh:qualifiedMaxCount 0 ;
  sh:path ( [ sh:alternativePath ( :node [ sh:inversePath :node ] ) ] [ sh:zeroOrMorePath :node ]
    [ sh:oneOrMorePath :node ] [ sh:zeroOrOnePath :node ] ) .
:date-shape sh:path :date ; sh:minInclusive "2001-01-01"^^xsd:date ; sh:lessThanOrEquals :time ; sh:severity sh:Info .
"""
)
_ONE_CONSTRAINT: Final = f"{_PREFIXES} :Shape a sh:NodeShape ; sh:targetNode :thing ; sh:nodeKind sh:Literal ."
_CIRCLE: Final = f"{_PREFIXES} :Shape a sh:NodeShape ; sh:targetNode :thing ; sh:node :Shape ."
_FORMATS: Final = (
    RdfFormat.TURTLE,
    RdfFormat.TRIG,
    RdfFormat.N_TRIPLES,
    RdfFormat.N_QUADS,
    RdfFormat.RDF_XML,
    RdfFormat.JSON_LD,
)


def prepare_process() -> None:
    """Warm up this process for the fork servers that are forked from it, and make it the parent of their orphans.

    The engine seeds its random numbers once for each thread, and a process inherits the seed of the thread that it is
    forked from. So the warm-up runs in a thread of its own: otherwise all workers would create the same UUIDs.
    """
    adopt_orphans()
    with ThreadPoolExecutor(1) as thread:
        thread.submit(warm_up).result()


@functools.cache
def warm_up() -> None:
    """Run the tasks, once: validate small documents in every format, with shapes and reports of every kind.

    Parse an update, serialize a graph, a dataset and documents, and describe a dataset, too.
    """
    engine = QueryEngine(Store(), QueryLimits())
    _parse_and_serialize(engine)
    _federate(engine)
    _describe(engine)
    data, one, circle, all_constraints = (
        _document(text) for text in (_DATA, _ONE_CONSTRAINT, _CIRCLE, _ALL_CONSTRAINTS)
    )
    _try(engine, ValidationRequest((data,)))
    for shapes in (all_constraints, circle):
        _try(engine, ValidationRequest((data,), (shapes,)))
    for report in REPORTS:
        _try(engine, ValidationRequest((data,), (one,), format=report.names[0]))
    for rdf_format in _FORMATS:
        document = serialize((quad.triple for quad in _quads(_DATA)), format=rdf_format) or b""
        for content in (document, document[:-30], document[:-30] + b"\xff"):
            _try(engine, ValidationRequest((Document(content, rdf_format.media_type, "data"),), (one,)))


def _try(engine: QueryEngine, request: ValidationRequest) -> None:
    try:
        validate_documents(engine, request, "merged")
    except GraphError:
        # Refusals are part of the warm-up: errors load modules, too.
        return


def _parse_and_serialize(engine: QueryEngine) -> None:
    for text in ("CLEAR DEFAULT ; DELETE {} INSERT {} WHERE {}", "CLEAR", "INSERT DATA { 1 }"):
        with contextlib.suppress(GraphError):
            evaluate.check_in_process(engine, UpdateRequest(text), QueryLimits())
    named_graph.serialize_triples(engine, None, formats.TURTLE, QueryLimits())
    for wanted in formats.DATASETS:
        named_graph.serialize_dataset(engine, wanted, QueryLimits())
    description.describe_current(engine, ())


def _federate(engine: QueryEngine) -> None:
    for group in ("{ ?s ?p ?o }", "{ ?s ?p }"):
        query = f"SELECT * {{ SERVICE <https://example.org/sparql> {group} }}"
        with contextlib.suppress(GraphError):
            outline, clauses = service_clauses.parse(query, QueryLimits())
            asked = rewrite.create_requests(engine, query, outline, clauses, QueryLimits())
            table = rewrite.empty_solution(asked[0])
            text = rewrite.insert_solutions(query, clauses, asked, [table], "urn:x")
            rewrite.answer_joined(engine, Query(text), outline, "urn:x")


def _describe(engine: QueryEngine) -> None:
    """Look for documents of linked data, of which an empty graph has none."""
    about, limits = OPSC.State, QueryLimits()
    resource.find_used(engine, [about])
    resource.describe(engine, about, 1)
    resource.serialize_description(engine, about, about, formats.TURTLE, 1, limits)
    named_graph.find_graph(engine, [about])
    named_graph.summarize(engine, about, 1)
    class_index.list_classes(engine)
    class_index.list_instances(engine, about, "en", 0, 1)
    vocabulary.read_vocabulary(engine, about)
    vocabulary.serialize_vocabulary(engine, about, formats.TURTLE, limits)


def _document(text: str) -> Document:
    return Document(text.encode(), RdfFormat.TURTLE.media_type, "document")


def _quads(text: str) -> list[Quad]:
    return list(parse(text, format=RdfFormat.TURTLE))

"""The VoID description of a dataset (https://www.w3.org/TR/void/), counted from its triples.

Partitions by class and property follow section 4.5. The property partitions of a class are divided by the datatypes
and classes of their values, for query editors (``void-ext:datatypePartition``, and ``void:classPartition`` of a
property partition). Every partition has an IRI below that of the dataset.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from pyoxigraph import Literal, NamedNode, QuerySolutions, Store, Triple

from ontology import iris
from ontology.iris import DATASET, dataset_part
from ontology.terms import FOAF, PREFIXES, RDF, SD, VOID, VOID_EXT, XSD

_STATISTICS: Final = {
    "triples": "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }",
    "entities": f"SELECT (COUNT(DISTINCT ?s) AS ?n) WHERE {{ ?s ?p ?o FILTER(STRSTARTS(STR(?s), '{iris.BASE}')) }}",
    "distinctSubjects": "SELECT (COUNT(DISTINCT ?s) AS ?n) WHERE { ?s ?p ?o }",
    "distinctObjects": "SELECT (COUNT(DISTINCT ?o) AS ?n) WHERE { ?s ?p ?o }",
    "properties": "SELECT (COUNT(DISTINCT ?p) AS ?n) WHERE { ?s ?p ?o }",
    "classes": "SELECT (COUNT(DISTINCT ?c) AS ?n) WHERE { ?s a ?c }",
}
_GRAPHS: Final = "SELECT ?g (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g"
_CLASSES: Final = "SELECT ?c (COUNT(*) AS ?n) WHERE { ?s a ?c FILTER(isIRI(?c)) } GROUP BY ?c"
_USES: Final = "SELECT ?c ?p (COUNT(*) AS ?n) WHERE { ?s a ?c ; ?p ?o FILTER(isIRI(?c)) } GROUP BY ?c ?p"
_VALUE_CLASSES: Final = """
SELECT ?c ?p ?v (COUNT(*) AS ?n) WHERE { ?s a ?c ; ?p ?o . ?o a ?v FILTER(isIRI(?c) && isIRI(?v)) } GROUP BY ?c ?p ?v"""
_DATATYPES: Final = """
SELECT ?c ?p ?v (COUNT(*) AS ?n) WHERE { ?s a ?c ; ?p ?o FILTER(isIRI(?c) && isLiteral(?o)) BIND(DATATYPE(?o) AS ?v) }
GROUP BY ?c ?p ?v"""
_PROPERTIES: Final = """
SELECT ?p (COUNT(*) AS ?n) (COUNT(DISTINCT ?s) AS ?subjects) (COUNT(DISTINCT ?o) AS ?objects) WHERE { ?s ?p ?o }
GROUP BY ?p"""
# A page about a resource is a document, and not part of a linked dataset.
_LINKS: Final = f"""
SELECT ?p ?o (COUNT(*) AS ?n) WHERE {{
  ?s ?p ?o FILTER(isIRI(?o) && !STRSTARTS(STR(?o), '{iris.BASE}') && ?p NOT IN ({RDF.type}, {FOAF.page}))
}} GROUP BY ?p ?o"""


def describe(dataset: Store) -> Iterator[Triple]:
    """Yield the description of ``dataset``, whose default graph is the merge of its named graphs.

    Counts are of distinct triples of the merge, and for each named graph of its own triples. Linksets hold the links to
    IRIs of others, by property and by namespace of the target.
    """
    yield from _whole(dataset)
    yield from _graphs(dataset)
    yield from _class_partitions(dataset)
    yield from _property_partitions(dataset)
    yield from _linksets(dataset)


def select(dataset: Store, query: str) -> list[tuple[str, ...]]:
    """Return the rows of a SELECT query as text, in an order that does not depend on the engine."""
    results = dataset.query(query)
    if not isinstance(results, QuerySolutions):
        raise TypeError("a description is made of SELECT queries")
    return sorted(tuple(str(getattr(term, "value", "")) for term in row) for row in results)


def integer(count: object) -> Literal:
    """Return a count as ``xsd:integer``."""
    return Literal(str(count), datatype=XSD.integer)


def local_name(iri: str) -> str:
    """Return a unique segment for ``iri`` in the IRI of a partition: ``skos-prefLabel``, or words with a digest."""
    prefix = next((p for p, namespace in PREFIXES.items() if iri.startswith(namespace)), "")
    local = iri.removeprefix(PREFIXES.get(prefix, ""))
    if prefix and re.fullmatch(r"[A-Za-z0-9_.]+", local):
        return f"{prefix}-{local}"
    return f"{iris.slug(iri)[:40]}-{hashlib.sha256(iri.encode()).hexdigest()[:12]}"


def _whole(dataset: Store) -> Iterator[Triple]:
    yield Triple(DATASET, RDF.type, VOID.Dataset)
    yield Triple(DATASET, RDF.type, SD.Dataset)
    yield Triple(DATASET, VOID.uriSpace, Literal(iris.BASE))
    for name, query in _STATISTICS.items():
        ((count,),) = select(dataset, query)
        yield Triple(DATASET, VOID[name], integer(count))
    used = {iri for (iri,) in select(dataset, "SELECT DISTINCT ?t WHERE { { ?s ?t ?o } UNION { ?s a ?t } }")}
    for namespace in PREFIXES.values():
        if any(iri.startswith(namespace) for iri in used):
            yield Triple(DATASET, VOID.vocabulary, NamedNode(namespace))


def _graphs(dataset: Store) -> Iterator[Triple]:
    for name, count in select(dataset, _GRAPHS):
        own = name.removeprefix(f"{iris.BASE}graph/")
        subset = dataset_part("graph", *(own.split("/") if own != name else [local_name(name)]))
        yield Triple(DATASET, VOID.subset, subset)
        yield Triple(DATASET, SD.namedGraph, subset)
        yield Triple(subset, RDF.type, VOID.Dataset)
        yield Triple(subset, RDF.type, SD.NamedGraph)
        yield Triple(subset, SD.name, NamedNode(name))
        yield Triple(subset, VOID.triples, integer(count))


def _class_partitions(dataset: Store) -> Iterator[Triple]:
    for class_iri, count in select(dataset, _CLASSES):
        partition = dataset_part("class", local_name(class_iri))
        yield Triple(DATASET, VOID.classPartition, partition)
        yield Triple(partition, RDF.type, VOID.Dataset)
        yield Triple(partition, VOID["class"], NamedNode(class_iri))
        yield Triple(partition, VOID.entities, integer(count))
    for class_iri, property_iri, count in select(dataset, _USES):
        inner = dataset_part("class", local_name(class_iri), local_name(property_iri))
        yield Triple(dataset_part("class", local_name(class_iri)), VOID.propertyPartition, inner)
        yield from _property_partition(inner, property_iri, count)
    yield from _values(select(dataset, _VALUE_CLASSES), "class", VOID.classPartition, VOID["class"])
    yield from _values(select(dataset, _DATATYPES), "datatype", VOID_EXT.datatypePartition, VOID_EXT.datatype)


def _values(
    rows: Iterable[tuple[str, ...]], segment: str, partition: NamedNode, kind_of_values: NamedNode
) -> Iterator[Triple]:
    """Yield, for each property of each class, the datatypes or classes of its values with their number of triples."""
    for class_iri, property_iri, value_kind, count in rows:
        within = ("class", local_name(class_iri), local_name(property_iri))
        inner = dataset_part(*within, segment, local_name(value_kind))
        yield Triple(dataset_part(*within), partition, inner)
        yield Triple(inner, kind_of_values, NamedNode(value_kind))
        yield Triple(inner, VOID.triples, integer(count))


def _property_partitions(dataset: Store) -> Iterator[Triple]:
    for property_iri, count, subjects, objects in select(dataset, _PROPERTIES):
        partition = dataset_part("property", local_name(property_iri))
        yield Triple(DATASET, VOID.propertyPartition, partition)
        yield from _property_partition(partition, property_iri, count)
        yield Triple(partition, VOID.distinctSubjects, integer(subjects))
        yield Triple(partition, VOID.distinctObjects, integer(objects))


def _property_partition(partition: NamedNode, property_iri: str, count: str) -> Iterator[Triple]:
    yield Triple(partition, RDF.type, VOID.Dataset)
    yield Triple(partition, VOID.property, NamedNode(property_iri))
    yield Triple(partition, VOID.triples, integer(count))


def _linksets(dataset: Store) -> Iterator[Triple]:
    counted: Counter[tuple[str, str]] = Counter()
    for predicate, target, count in select(dataset, _LINKS):
        counted[predicate, namespace_of(target)] += int(count)
    for (predicate, namespace), links in sorted(counted.items()):
        linkset = dataset_part("linkset", local_name(predicate), local_name(namespace))
        linked = dataset_part("linked", local_name(namespace))
        yield Triple(DATASET, VOID.subset, linkset)
        yield Triple(linkset, RDF.type, VOID.Linkset)
        yield Triple(linkset, VOID.linkPredicate, NamedNode(predicate))
        yield Triple(linkset, VOID.subjectsTarget, DATASET)
        yield Triple(linkset, VOID.objectsTarget, linked)
        yield Triple(linkset, VOID.triples, integer(links))
        yield Triple(linked, RDF.type, VOID.Dataset)
        yield Triple(linked, VOID.uriSpace, Literal(namespace))


def namespace_of(iri: str) -> str:
    """Return the namespace of ``iri``: that of a known vocabulary, otherwise scheme and authority."""
    known = next((namespace for namespace in PREFIXES.values() if iri.startswith(namespace)), None)
    if known is not None:
        return known
    parts = re.match(r"[^:]+:(?://[^/?#]*/?)?", iri)
    return parts[0] if parts else iri

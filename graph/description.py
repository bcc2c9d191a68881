"""The dataset's description of itself, generated from its quads: VoID, DCAT 3, example queries and prefixes.

Everything here is counted from the data of the release, so it cannot go stale. The partitions follow VoID section 4.5;
example queries are ``sh:SPARQLExecutable`` and prefixes ``sh:declare``, the forms that query editors read.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from pyoxigraph import Literal, NamedNode, Quad, QuerySolutions, Store, Triple

from graph.examples import Example
from ontology import iris
from ontology.terms import DCAT, DCTERMS, FOAF, OPSC, PREFIXES, RDF, RDFS, SD, SH, SKOS, VANN, VOID, XSD

GRAPH: Final = iris.graph("dataset")
DATASET: Final = NamedNode(f"{iris.BASE}dataset")
ENDPOINT: Final = NamedNode(f"{iris.BASE}sparql")
LICENCE: Final = NamedNode("https://creativecommons.org/licenses/by/4.0/")

_TITLE: Final = "OPSC graph"
_ABOUT: Final = (
    "Linked data on the Optional Protocol to the Convention on the Rights of the Child on the sale of children, child "
    "prostitution and child pornography: its provisions, offences, obligations and participation, each with its source."
)


def describe(dataset: Store, examples: Iterable[Example]) -> Iterator[Quad]:
    """Yield the description of ``dataset`` as quads of ``graph/dataset``.

    ``dataset`` has the merge of its named graphs as default graph. Counts are of the dataset without the description
    itself: of distinct triples for the whole, and of quads for each graph.
    """
    for triple in (
        *_dataset(dataset),
        *_graphs(dataset),
        *_class_partitions(dataset),
        *_property_partitions(dataset),
        *_service(),
        *_prefixes(),
        *_examples(examples),
    ):
        yield Quad(triple.subject, triple.predicate, triple.object, GRAPH)


def _counted(dataset: Store, query: str) -> Iterator[tuple[str, ...]]:
    """Yield the rows of a SELECT query as text."""
    results = dataset.query(query)
    if isinstance(results, QuerySolutions):
        yield from (tuple(str(getattr(term, "value", "")) for term in row) for row in results)


def _part(*path: str) -> NamedNode:
    return NamedNode("/".join([DATASET.value, *path]))


def _integer(count: str) -> Literal:
    return Literal(count, datatype=XSD.integer)


def _english(text: str) -> Literal:
    return Literal(text, language="en")


def _local_name(iri: str) -> str:
    prefix = next((p for p, namespace in PREFIXES.items() if iri.startswith(namespace)), "")
    return f"{prefix}-{iri.removeprefix(PREFIXES[prefix])}" if prefix else iris.slug(iri)


def _dataset(dataset: Store) -> Iterator[Triple]:
    for kind in (VOID.Dataset, DCAT.Dataset, SD.Dataset):
        yield Triple(DATASET, RDF.type, kind)
    yield Triple(DATASET, DCTERMS.title, _english(_TITLE))
    yield Triple(DATASET, SKOS.prefLabel, _english(_TITLE))
    yield Triple(DATASET, DCTERMS.description, _english(_ABOUT))
    yield Triple(DATASET, DCTERMS.license, LICENCE)
    yield Triple(DATASET, FOAF.homepage, NamedNode(iris.BASE))
    yield Triple(DATASET, VOID.sparqlEndpoint, ENDPOINT)
    yield Triple(DATASET, VOID.uriSpace, Literal(iris.BASE))
    yield Triple(DATASET, VOID.exampleResource, iris.state("NOR"))
    yield Triple(DATASET, VOID.exampleResource, iris.provision("opsc", "3(1)(a)"))
    for name, expression in (("triples", "*"), ("distinctSubjects", "DISTINCT ?s"), ("distinctObjects", "DISTINCT ?o")):
        ((count,),) = _counted(dataset, f"SELECT (COUNT({expression}) AS ?n) WHERE {{ ?s ?p ?o }}")
        yield Triple(DATASET, VOID[name], _integer(count))
    predicates = [row[0] for row in _counted(dataset, "SELECT DISTINCT ?p WHERE { ?s ?p ?o }")]
    for namespace in sorted({ns for iri in predicates for ns in PREFIXES.values() if iri.startswith(ns)}):
        yield Triple(DATASET, VOID.vocabulary, NamedNode(namespace))


def _graphs(dataset: Store) -> Iterator[Triple]:
    for name, count in _counted(dataset, "SELECT ?g (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g"):
        subset = _part("graph", *name.removeprefix(f"{iris.BASE}graph/").split("/"))
        yield Triple(DATASET, VOID.subset, subset)
        yield Triple(DATASET, SD.namedGraph, subset)
        yield Triple(subset, RDF.type, VOID.Dataset)
        yield Triple(subset, RDF.type, SD.NamedGraph)
        yield Triple(subset, SD.name, NamedNode(name))
        yield Triple(subset, VOID.triples, _integer(count))


def _class_partitions(dataset: Store) -> Iterator[Triple]:
    """Yield a partition for each class, and in it one for each property that its instances have."""
    for class_iri, count in _counted(dataset, "SELECT ?c (COUNT(*) AS ?n) WHERE { ?s a ?c } GROUP BY ?c"):
        partition = _class_partition(class_iri)
        yield Triple(DATASET, VOID.classPartition, partition)
        yield Triple(partition, RDF.type, VOID.Dataset)
        yield Triple(partition, VOID["class"], NamedNode(class_iri))
        yield Triple(partition, VOID.entities, _integer(count))
    uses = "SELECT ?c ?p (COUNT(*) AS ?n) WHERE { ?s a ?c ; ?p ?o } GROUP BY ?c ?p"
    for class_iri, property_iri, count in _counted(dataset, uses):
        partition = _class_partition(class_iri)
        inner = NamedNode(f"{partition.value}/{_local_name(property_iri)}")
        yield Triple(partition, VOID.propertyPartition, inner)
        yield from _property_partition(inner, property_iri, count)


def _class_partition(class_iri: str) -> NamedNode:
    return _part("class", _local_name(class_iri))


def _property_partitions(dataset: Store) -> Iterator[Triple]:
    for property_iri, count in _counted(dataset, "SELECT ?p (COUNT(*) AS ?n) WHERE { ?s ?p ?o } GROUP BY ?p"):
        partition = _part("property", _local_name(property_iri))
        yield Triple(DATASET, VOID.propertyPartition, partition)
        yield from _property_partition(partition, property_iri, count)


def _property_partition(partition: NamedNode, property_iri: str, count: str) -> Iterator[Triple]:
    yield Triple(partition, RDF.type, VOID.Dataset)
    yield Triple(partition, VOID.property, NamedNode(property_iri))
    yield Triple(partition, VOID.triples, _integer(count))


def _service() -> Iterator[Triple]:
    yield Triple(ENDPOINT, RDF.type, DCAT.DataService)
    yield Triple(ENDPOINT, DCTERMS.title, _english("OPSC SPARQL endpoint"))
    yield Triple(ENDPOINT, DCAT.endpointURL, ENDPOINT)
    yield Triple(ENDPOINT, DCAT.servesDataset, DATASET)
    yield Triple(ENDPOINT, DCTERMS.conformsTo, NamedNode("http://www.w3.org/TR/sparql11-protocol/"))


def _prefixes() -> Iterator[Triple]:
    for prefix, namespace in PREFIXES.items():
        declaration = _part("prefix", prefix)
        yield Triple(DATASET, SH.declare, declaration)
        yield Triple(declaration, RDF.type, SH.PrefixDeclaration)
        yield Triple(declaration, SH.prefix, Literal(prefix))
        yield Triple(declaration, SH.namespace, Literal(namespace, datatype=XSD.anyURI))
    yield Triple(DATASET, VANN.preferredNamespaceUri, Literal(OPSC.iri))


def _examples(examples: Iterable[Example]) -> Iterator[Triple]:
    for example in examples:
        query = _part("query", example.name)
        yield Triple(query, RDF.type, SH.SPARQLExecutable)
        yield Triple(query, RDF.type, SH.SPARQLSelectExecutable)
        yield Triple(query, RDFS.label, _english(example.question))
        yield Triple(query, RDFS.comment, _english(example.comment or example.question))
        yield Triple(query, SH.select, Literal(example.query))
        yield Triple(query, SH.prefixes, DATASET)
        yield Triple(query, DCTERMS.isPartOf, DATASET)

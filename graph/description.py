"""The dataset's description of itself, generated from its quads: VoID, DCAT 3, example queries and prefixes.

Everything here is counted from the data of the release, so it cannot go stale. The partitions follow VoID section 4.5; example queries
are ``sh:SPARQLExecutable`` and prefixes ``sh:declare``, the forms that query editors read.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Final

from pyoxigraph import Literal, NamedNode, Quad, Triple

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
    "prostitution and child pornography: its provisions, offences, obligations and participation, with the source of each fact."
)


def describe(quads: Iterable[Quad], examples: Iterable[Example]) -> Iterator[Quad]:
    """Yield the description of the dataset ``quads`` as quads of ``graph/dataset``.

    Counts are of the dataset without the description itself: of distinct triples for the whole, and of quads for each graph.
    """
    kept = list(quads)
    for triple in (
        *_dataset(kept),
        *_graphs(kept),
        *_class_partitions(kept),
        *_property_partitions(kept),
        *_service(),
        *_prefixes(),
        *_examples(examples),
    ):
        yield Quad(triple.subject, triple.predicate, triple.object, GRAPH)


def _part(*path: str) -> NamedNode:
    return NamedNode("/".join([DATASET.value, *path]))


def _integer(count: int) -> Literal:
    return Literal(str(count), datatype=XSD.integer)


def _english(text: str) -> Literal:
    return Literal(text, language="en")


def _local_name(iri: str) -> str:
    prefix = next((p for p, namespace in PREFIXES.items() if iri.startswith(namespace)), "")
    return f"{prefix}-{iri.removeprefix(PREFIXES[prefix])}" if prefix else iris.slug(iri)


def _dataset(quads: list[Quad]) -> Iterator[Triple]:
    triples = {quad.triple for quad in quads}
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
    yield Triple(DATASET, VOID.triples, _integer(len(triples)))
    yield Triple(DATASET, VOID.distinctSubjects, _integer(len({triple.subject for triple in triples})))
    yield Triple(DATASET, VOID.distinctObjects, _integer(len({triple.object for triple in triples})))
    for namespace in _vocabularies(triples):
        yield Triple(DATASET, VOID.vocabulary, NamedNode(namespace))


def _vocabularies(triples: Iterable[Triple]) -> list[str]:
    predicates = {triple.predicate.value for triple in triples}
    return sorted({ns for iri in predicates for ns in PREFIXES.values() if iri.startswith(ns)})


def _graphs(quads: list[Quad]) -> Iterator[Triple]:
    counts = Counter(quad.graph_name.value for quad in quads if isinstance(quad.graph_name, NamedNode))
    for name, count in counts.items():
        subset = _part("graph", *name.removeprefix(f"{iris.BASE}graph/").split("/"))
        yield Triple(DATASET, VOID.subset, subset)
        yield Triple(DATASET, SD.namedGraph, subset)
        yield Triple(subset, RDF.type, VOID.Dataset)
        yield Triple(subset, RDF.type, SD.NamedGraph)
        yield Triple(subset, SD.name, NamedNode(name))
        yield Triple(subset, VOID.triples, _integer(count))


def _class_partitions(quads: list[Quad]) -> Iterator[Triple]:
    """Yield a partition for each class, and in it one for each property that its instances have."""
    instances: dict[str, set[str]] = defaultdict(set)
    for quad in quads:
        if quad.predicate == RDF.type:
            instances[quad.object.value].add(quad.subject.value)
    classes_of: dict[str, list[str]] = defaultdict(list)
    for class_iri, members in instances.items():
        for member in members:
            classes_of[member].append(class_iri)
    used: dict[str, Counter[str]] = defaultdict(Counter)
    for triple in {quad.triple for quad in quads}:
        for class_iri in classes_of.get(triple.subject.value, ()):
            used[class_iri][triple.predicate.value] += 1
    for class_iri, members in instances.items():
        partition = _part("class", _local_name(class_iri))
        yield Triple(DATASET, VOID.classPartition, partition)
        yield Triple(partition, RDF.type, VOID.Dataset)
        yield Triple(partition, VOID["class"], NamedNode(class_iri))
        yield Triple(partition, VOID.entities, _integer(len(members)))
        for property_iri, count in used[class_iri].items():
            inner = NamedNode(f"{partition.value}/{_local_name(property_iri)}")
            yield Triple(partition, VOID.propertyPartition, inner)
            yield from _property_partition(inner, property_iri, count)


def _property_partitions(quads: list[Quad]) -> Iterator[Triple]:
    counts = Counter(triple.predicate.value for triple in {quad.triple for quad in quads})
    for property_iri, count in counts.items():
        partition = _part("property", _local_name(property_iri))
        yield Triple(DATASET, VOID.propertyPartition, partition)
        yield from _property_partition(partition, property_iri, count)


def _property_partition(partition: NamedNode, property_iri: str, count: int) -> Iterator[Triple]:
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

"""The dataset's description of itself: VoID, DCAT 3, example queries and prefixes.

All of it is computed from the data of the release, so it is never out of date. Example queries are
``sh:SPARQLExecutable`` and prefixes ``sh:declare``, the forms that query editors read.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from pyoxigraph import DefaultGraph, Literal, Quad, RdfFormat, Store, Triple, serialize

from graph.errors import GraphError
from graph.metadata import dcat, void
from graph.metadata.examples import Example
from graph.sparql.dataset import create_store
from graph.sparql.engine import QueryEngine
from ontology import iris
from ontology.iris import DATASET, dataset_part
from ontology.terms import DCTERMS, FOAF, OPSC, PREFIXES, RDF, RDFS, SCHEMA, SH, VANN, VOID, XSD

GRAPH: Final = iris.graph("dataset")

_FORM: Final = re.compile(r"^\s*(SELECT|ASK|CONSTRUCT)\b", re.MULTILINE | re.IGNORECASE)
_EXECUTABLES: Final = {
    "select": (SH.SPARQLSelectExecutable, SH.select),
    "ask": (SH.SPARQLAskExecutable, SH.ask),
    "construct": (SH.SPARQLConstructExecutable, SH.construct),
}


def describe(dataset: Store, examples: Iterable[Example]) -> Iterator[Quad]:
    """Yield the description of ``dataset`` as quads of ``graph/dataset``, each once.

    ``dataset`` has the merge of its named graphs as default graph. Counts exclude the description
    itself: distinct triples for the whole dataset, quads for each graph.
    """
    described = (*_document(), *void.describe(dataset), *dcat.describe(dataset), *_prefixes(), *_examples(examples))
    for triple in dict.fromkeys(described):
        yield Quad(triple.subject, triple.predicate, triple.object, GRAPH)


def describe_current(engine: QueryEngine, examples: tuple[Example, ...]) -> bytes:
    """Return the description of the dataset of ``engine``, as sorted N-Triples.

    As in a release, the counts exclude the description itself.
    """
    counted = (q for q in engine.store if q.graph_name != GRAPH and not isinstance(q.graph_name, DefaultGraph))
    described = describe(create_store(counted), examples)
    lines = serialize((quad.triple for quad in described), format=RdfFormat.N_TRIPLES) or b""
    return b"".join(sorted(set(lines.splitlines(keepends=True))))


def _document() -> Iterator[Triple]:
    yield Triple(GRAPH, RDF.type, VOID.DatasetDescription)
    yield Triple(GRAPH, DCTERMS.title, Literal("Description of the OPSC graph", language="en"))
    yield Triple(GRAPH, FOAF.primaryTopic, DATASET)


def _prefixes() -> Iterator[Triple]:
    for prefix, namespace in PREFIXES.items():
        declaration = dataset_part("prefix", prefix)
        yield Triple(DATASET, SH.declare, declaration)
        yield Triple(declaration, RDF.type, SH.PrefixDeclaration)
        yield Triple(declaration, SH.prefix, Literal(prefix))
        yield Triple(declaration, SH.namespace, Literal(namespace, datatype=XSD.anyURI))
    yield Triple(DATASET, VANN.preferredNamespaceUri, Literal(OPSC.iri))


def _examples(examples: Iterable[Example]) -> Iterator[Triple]:
    for example in examples:
        form = _FORM.search(example.query)
        if form is None:
            raise GraphError(f"{example.name}.rq is no SELECT, ASK or CONSTRUCT query; rewrite it as one")
        executable, text = _EXECUTABLES[form[1].lower()]
        query = dataset_part("query", example.name)
        yield Triple(query, RDF.type, SH.SPARQLExecutable)
        yield Triple(query, RDF.type, executable)
        # Query editors show either the label or the comment.
        yield Triple(query, RDFS.label, Literal(example.question, language="en"))
        yield Triple(query, RDFS.comment, Literal(f"{example.question}\n{example.comment}".strip(), language="en"))
        yield Triple(query, text, Literal(example.query))
        yield Triple(query, SH.prefixes, DATASET)
        yield Triple(query, SCHEMA.target, dcat.ENDPOINT)
        yield Triple(query, SCHEMA.keywords, Literal(example.name.partition("-")[0]))
        yield Triple(query, DCTERMS.isPartOf, DATASET)

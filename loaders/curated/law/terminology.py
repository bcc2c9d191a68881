"""Legal terms, recommended terms and mappings between them, from ``terms.csv`` and ``terminology.csv``.

The words of the treaty stay the labels of legal terms; recommended terms are concepts of their own, never alternative
labels. All of it stands in ``graph/terminology``.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from pyoxigraph import Literal, NamedNode, Quad

from loaders.curated import law_sources
from loaders.curated.cells import items
from loaders.curated.citations import provisions
from loaders.curated.texts import prose
from loaders.tables import Row, rows
from ontology import iris
from ontology.terms import DCTERMS, OPSC, RDF, SEMAPV, SKOS, SSSOM

TABLES = ("terms.csv", "terminology.csv")

COLUMNS = ("scheme", "key", "label", "definition", "provisions", "same_as_definition")
MAPPING_COLUMNS = ("legal_term", "recommended_term", "relation", "guidance", "sources")

SCHEMES: Final = ("legal-term", "recommended-term")
_RELATIONS: Final = {"close": SKOS.closeMatch, "broad": SKOS.broadMatch, "narrow": SKOS.narrowMatch}

Property = tuple[NamedNode, NamedNode | Literal]


def load(folder: Path) -> Iterator[Quad]:
    """Yield the terms and mappings of ``folder``; raises ``InputError`` for a cell that cannot be used."""
    graph = iris.graph("terminology")
    table = rows(folder / TABLES[0], COLUMNS)
    for row in table:
        for predicate, value in _term(row):
            yield Quad(iris.concept(row["scheme"], row["key"]), predicate, value, graph)
    known = {iris.concept(row["scheme"], row["key"]) for row in table}
    sources = law_sources.known(folder)
    for row in rows(folder / TABLES[1], MAPPING_COLUMNS):
        yield from mapping(row, known)
        for predicate, source in law_sources.links(row, "sources", sources):
            yield Quad(_mapping_iri(row), predicate, source, graph)


def mapping(row: Row, known: Iterable[NamedNode]) -> Iterator[Quad]:
    """Yield the SKOS mapping of a legal term to a recommended one, and the SSSOM record that justifies it.

    ``broad`` means that the recommended term is the broader. Raises ``InputError`` for a term that is not ``known``.
    """
    graph = iris.graph("terminology")
    relation = _RELATIONS.get(row["relation"])
    if relation is None:
        raise row.error("relation", f"is not a relation of terms; use one of {', '.join(_RELATIONS)}")
    legal, recommended = (_known(row, scheme, known) for scheme in SCHEMES)
    yield Quad(legal, relation, recommended, graph)
    record: tuple[Property, ...] = (
        (RDF.type, OPSC.TermMapping),
        (RDF.type, SSSOM.Mapping),
        (SSSOM.subject_id, legal),
        (SSSOM.predicate_id, relation),
        (SSSOM.object_id, recommended),
        (SSSOM.mapping_justification, SEMAPV.ManualMappingCuration),
        (OPSC.gist, prose(row, "guidance")),
    )
    for predicate, value in record:
        yield Quad(_mapping_iri(row), predicate, value, graph)


def _mapping_iri(row: Row) -> NamedNode:
    """Return the IRI of a mapping; its first source tells apart two mappings of the same terms."""
    return iris.thing("mapping", row["legal_term"], row["recommended_term"], *items(row, "sources")[:1])


def _known(row: Row, scheme: str, known: Iterable[NamedNode]) -> NamedNode:
    column = scheme.replace("-", "_")
    term = iris.concept(scheme, row[column])
    if term not in known:
        raise row.error(column, f"is the key of no {scheme.replace('-', ' ')}; add it to terms.csv or correct it")
    return term


def _term(row: Row) -> Iterator[Property]:
    if row["scheme"] not in SCHEMES:
        raise row.error("scheme", f"is not a scheme of terms; use one of {', '.join(SCHEMES)}")
    yield RDF.type, SKOS.Concept
    yield SKOS.inScheme, iris.scheme(row["scheme"])
    yield SKOS.topConceptOf, iris.scheme(row["scheme"])
    yield SKOS.prefLabel, prose(row, "label")
    yield SKOS.definition, prose(row, "definition")
    for provision in provisions(row, "provisions"):
        yield DCTERMS.source, provision
    for key in items(row, "same_as_definition"):
        yield SKOS.exactMatch, iris.thing("definition", "opsc", key)

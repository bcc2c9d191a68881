"""Legal terms, recommended terms and mappings between them, from ``terms.csv`` and ``terminology.csv``.

The words of the treaty are the labels of legal terms; recommended terms are separate concepts, not alternative labels.
All quads are in ``graph/terminology``.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from pyoxigraph import NamedNode, Quad

from loaders.curated import law_sources
from loaders.curated.cells import cell_values, required_text
from loaders.curated.citations import cited_provisions
from loaders.curated.descriptions import PredicateObject, describe
from loaders.tables import Row, rows
from ontology import iris
from ontology.terms import DCTERMS, OPSC, RDF, SEMAPV, SKOS, SSSOM

TABLES = ("terms.csv", "terminology.csv")

COLUMNS = ("scheme", "key", "label", "definition", "provisions", "same_as_definition")
MAPPING_COLUMNS = ("legal_term", "recommended_term", "relation", "guidance", "sources")

SCHEMES: Final = ("legal-term", "recommended-term")
_RELATIONS: Final = {"close": SKOS.closeMatch, "broad": SKOS.broadMatch, "narrow": SKOS.narrowMatch}


def load_terminology(folder: Path) -> Iterator[Quad]:
    """Yield the terms and mappings of ``folder``; raises ``InputError`` for a cell that cannot be used."""
    graph = iris.graph("terminology")
    table = rows(folder / TABLES[0], COLUMNS)
    for row in table:
        yield from describe(iris.concept(row["scheme"], row["key"]), _term(row), graph)
    known = {iris.concept(row["scheme"], row["key"]) for row in table}
    sources = law_sources.source_ids(folder)
    for row in rows(folder / TABLES[1], MAPPING_COLUMNS):
        yield from mapping(row, known)
        yield from describe(_mapping_iri(row), law_sources.links(row, "sources", sources), graph)


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
    record: tuple[PredicateObject, ...] = (
        (RDF.type, OPSC.TermMapping),
        (RDF.type, SSSOM.Mapping),
        (SSSOM.subject_id, legal),
        (SSSOM.predicate_id, relation),
        (SSSOM.object_id, recommended),
        (SSSOM.mapping_justification, SEMAPV.ManualMappingCuration),
        (OPSC.gist, required_text(row, "guidance")),
    )
    yield from describe(_mapping_iri(row), record, graph)


def _mapping_iri(row: Row) -> NamedNode:
    """Return the IRI of a mapping; its first source distinguishes two mappings of the same terms."""
    return iris.thing("mapping", row["legal_term"], row["recommended_term"], *cell_values(row, "sources")[:1])


def _known(row: Row, scheme: str, known: Iterable[NamedNode]) -> NamedNode:
    column = scheme.replace("-", "_")
    term = iris.concept(scheme, row[column])
    if term not in known:
        raise row.error(column, f"is not the key of a {scheme.replace('-', ' ')}; add it to terms.csv or correct it")
    return term


def _term(row: Row) -> Iterator[PredicateObject]:
    if row["scheme"] not in SCHEMES:
        raise row.error("scheme", f"is not a scheme of terms; use one of {', '.join(SCHEMES)}")
    yield RDF.type, SKOS.Concept
    yield SKOS.inScheme, iris.scheme(row["scheme"])
    yield SKOS.topConceptOf, iris.scheme(row["scheme"])
    yield SKOS.prefLabel, required_text(row, "label")
    yield SKOS.definition, required_text(row, "definition")
    for provision in cited_provisions(row, "provisions"):
        yield DCTERMS.source, provision
    for key in cell_values(row, "same_as_definition"):
        yield SKOS.exactMatch, iris.thing("definition", "opsc", key)

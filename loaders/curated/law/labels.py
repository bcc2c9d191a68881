"""Names in the six languages of the United Nations, from ``labels.csv``.

The title of an instrument goes to the instrument and, for the Protocol, to its version in that language as well
(``graph/instruments``); the name of a definition becomes its label (``graph/offences``).
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from pyoxigraph import Literal, NamedNode, Quad

from loaders.curated import law_sources
from loaders.curated.law.instruments import LANGUAGES, language_version
from loaders.tables import Row, rows
from ontology import iris
from ontology.terms import DCTERMS, SKOS

TABLES = ("labels.csv",)

COLUMNS = ("iri_path", "language", "label", "source")

_ADDRESS = re.compile(r"https?://\S+")


def load_labels(folder: Path) -> Iterator[Quad]:
    """Yield the names of ``labels.csv`` in ``folder``; raises ``InputError`` for a cell that cannot be used."""
    return quads(rows(folder / TABLES[0], COLUMNS), law_sources.source_ids_by_address(folder))


def quads(table: Iterable[Row], sources: Mapping[str, str]) -> Iterator[Quad]:
    """Yield each name and its sources; ``sources`` has the id of each source by the URL that the table cites."""
    for row in table:
        if row["language"] not in LANGUAGES:
            raise row.error("language", f"is not a language of the United Nations; use one of {', '.join(LANGUAGES)}")
        name = Literal(row["label"], language=row["language"])
        predicate, graph = _use(row)
        for subject in _named(row):
            yield Quad(subject, predicate, name, graph)
            for source_id in _cited(row, sources):
                yield Quad(subject, DCTERMS.source, iris.source(source_id), graph)


def _use(row: Row) -> tuple[NamedNode, NamedNode]:
    if row["iri_path"].startswith("eli/"):
        return DCTERMS.title, iris.graph("instruments")
    if row["iri_path"].startswith("id/definition/"):
        return SKOS.prefLabel, iris.graph("offences")
    raise row.error("iri_path", "is neither an instrument (eli/...) nor a definition (id/definition/...)")


def _named(row: Row) -> Iterator[NamedNode]:
    yield NamedNode(f"{iris.BASE}{row['iri_path']}")
    if row["iri_path"] == "eli/opsc":
        yield language_version("opsc", row["language"])


def _cited(row: Row, sources: Mapping[str, str]) -> Iterator[str]:
    for address in _ADDRESS.findall(row["source"]):
        if address not in sources:
            raise row.error("source", f"{address} is not the address of a source; add it to sources_law.csv")
        yield sources[address]

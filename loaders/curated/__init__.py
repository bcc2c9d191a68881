"""Loaders of the curated tables in ``graph/data``, a module for each subject."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from pyoxigraph import Quad

from loaders.curated import law_sources, sources
from loaders.curated.law import (
    bodies,
    coverage,
    document_claims,
    guidelines,
    instruments,
    labels,
    obligations,
    offences,
    provisions,
    terminology,
)
from loaders.curated.participation import actions, figures, participants, statements, territories

LOADERS: Final[tuple[tuple[tuple[str, ...], Callable[[Path], Iterator[Quad]]], ...]] = (
    (instruments.TABLES, instruments.load_instruments),
    (provisions.TABLES, provisions.load_provisions),
    (offences.TABLES, offences.load_offences),
    (obligations.TABLES, obligations.load_obligations),
    (participants.TABLES, participants.load_participants),
    (actions.TABLES, actions.load_participation),
    (statements.TABLES, statements.load_statements),
    (territories.TABLES, territories.load_territories),
    (figures.TABLES, figures.load_published_figures),
    (bodies.TABLES, bodies.load_bodies),
    (guidelines.TABLES, guidelines.load_guidelines),
    (terminology.TABLES, terminology.load_terminology),
    (coverage.TABLES, coverage.load_coverage),
    (document_claims.TABLES, document_claims.load_document_claims),
    (labels.TABLES, labels.load_labels),
    (sources.TABLES, sources.load_sources),
    (law_sources.TABLES, law_sources.load_law_sources),
)


def load_tables(folder: Path) -> Iterator[Quad]:
    """Yield the quads of every curated table in ``folder``, each in its named graph.

    Quads may repeat. Raises :class:`loaders.errors.InputError`, with file and line, for a table that is missing or
    cannot be read, and for the first cell that cannot be used.
    """
    for _, read in LOADERS:
        yield from read(folder)

"""The curated tables of ``graph/data``: a module for each subject, which reads its tables and yields their quads."""

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
    (instruments.TABLES, instruments.load),
    (provisions.TABLES, provisions.load),
    (offences.TABLES, offences.load),
    (obligations.TABLES, obligations.load),
    (participants.TABLES, participants.load),
    (actions.TABLES, actions.load),
    (statements.TABLES, statements.load),
    (territories.TABLES, territories.load),
    (figures.TABLES, figures.load),
    (bodies.TABLES, bodies.load),
    (guidelines.TABLES, guidelines.load),
    (terminology.TABLES, terminology.load),
    (coverage.TABLES, coverage.load),
    (document_claims.TABLES, document_claims.load),
    (labels.TABLES, labels.load),
    (sources.TABLES, sources.load),
    (law_sources.TABLES, law_sources.load),
)


def load(folder: Path) -> Iterator[Quad]:
    """Yield the quads of every curated table in ``folder``, each in its named graph.

    A quad can come more than once. Raises :class:`loaders.errors.InputError`, with file and line, for a table that is
    missing or cannot be read, and for the first cell that cannot be used.
    """
    for _, read in LOADERS:
        yield from read(folder)

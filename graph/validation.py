"""Validation of what comes from outside, shapes included: the task of a killable process, and what is sent to it.

The shapes are code that somebody else wrote, so nothing here runs in the process that answers HTTP.
"""

import textwrap
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, Literal, get_args

from pyoxigraph import Quad, Store

from graph.errors import GraphError
from graph.pool.pool import TaskLabel
from graph.reporting import UnusableShapesError, report_on, usable_shapes
from graph.sparql.dataset import store_of
from graph.sparql.engine import Engine
from graph.sparql.formats import Format
from loaders.errors import InputError
from loaders.rdf import reader
from loaders.rdf.positions import lookup
from loaders.rdf.positions.lookup import Positions
from shapes import reports
from shapes.errors import ShapesError
from shapes.report import Report
from shapes.reports.words import LANGUAGES, Language, preferred

__all__ = ["LANGUAGES", "Language", "UnusableShapesError", "preferred"]

Against = Literal["release", "none"]
Threshold = Literal["violation", "warning", "info"]
AGAINST: Final[tuple[Against, ...]] = get_args(Against)
THRESHOLDS: Final[tuple[Threshold, ...]] = get_args(Threshold)
MEDIA_TYPES: Final = tuple(reader.MEDIA_TYPES)
EXTENSIONS: Final = {extension: one.media_type for extension, one in reader.EXTENSIONS.items()}
REPORTS: Final = tuple(Format(one.media_type, "", (), (name,)) for name, one in reports.FORMATS.items())

VALIDATION: Final = TaskLabel(
    "the validation",
    "send less data at once, or simpler shapes: a regular expression with nested repetition may never end",
    crash_advice="send simpler data or shapes",
)
_LONGEST_MESSAGE: Final = 400


class DocumentError(GraphError):
    """A document that cannot be read; ``fault`` says what is wrong, with the place in it where that is known."""

    def __init__(self, fault: InputError) -> None:
        super().__init__(fault)
        self.fault = fault


@dataclass(frozen=True)
class Document:
    """What somebody sent: RDF of one of :data:`MEDIA_TYPES`, and what to call it."""

    data: bytes
    media_type: str
    name: str


@dataclass(frozen=True)
class Check:
    """Data to validate: against whose shapes, merged with what, and how to write the report.

    Without ``shapes`` the project's own apply, and ``extra_shapes`` in addition to them. ``threshold`` is the severity
    from which on the data do not conform.
    """

    data: tuple[Document, ...]
    shapes: tuple[Document, ...] = ()
    against: Against = "release"
    format: str = "json"
    language: Language = "en"
    threshold: Threshold = "violation"
    extra_shapes: tuple[Document, ...] = ()


@dataclass(frozen=True)
class Checked:
    """The written report, and whether the data conform."""

    conforms: bool
    report: bytes


def check(engine: Engine, asked: Check, default_graph: str) -> Checked:
    """Return the report on what is ``asked``, with the graph of ``engine``; what ``default_graph`` says of its store.

    Raises ``DocumentError`` for a document that cannot be read and ``UnusableShapesError`` for shapes.
    """
    try:
        parsed = [(document, _parsed(document)) for document in asked.data]
        data = [quad for _, quads in parsed for quad in quads]
        shapes, extra_shapes = _shapes(asked.shapes), _shapes(asked.extra_shapes)
        release = _release(engine.store, default_graph) if asked.against == "release" else ()
        report = replace(report_on(data, release, shapes, extra_shapes), fail_on=asked.threshold)
        places = _positions(parsed) if report.results else Positions()
        written = reports.FORMATS[asked.format].write(report, asked.language, places)
    except InputError as error:
        raise DocumentError(error) from error
    except ShapesError as error:
        raise UnusableShapesError(textwrap.shorten(str(error), _LONGEST_MESSAGE, placeholder=" ...")) from error
    return Checked(report.conforms, written)


def written(_: Engine, report: Report, document: Document | None, format_name: str, language: Language) -> bytes:
    """Return a report written as ``format_name``, with the places in the ``document`` that it is about, if any.

    Raises ``DocumentError`` when the document cannot be read.
    """
    try:
        places = _positions([(document, _parsed(document))]) if document and report.results else Positions()
    except InputError as error:
        raise DocumentError(error) from error
    return reports.FORMATS[format_name].write(report, language, places)


def extension(media_type: str) -> str:
    """Return the extension, with its dot, of files of one of :data:`MEDIA_TYPES`; none for another media type."""
    return next((one for one, known in EXTENSIONS.items() if known == media_type), "")


def _parsed(document: Document) -> list[Quad]:
    return reader.parse(document.data, document.media_type, document.name)


def _shapes(sent: Iterable[Document]) -> list[Quad]:
    return usable_shapes([(document.name, _parsed(document)) for document in sent])


def _release(store: Store, default_graph: str) -> Store:
    """Return a store whose default graph is the merge of all graphs, which the one for queries need not have."""
    return store if default_graph == "merged" else store_of(store)


def _positions(parsed: Iterable[tuple[Document, list[Quad]]]) -> Positions:
    return Positions.merged(
        lookup.positions(document.data, document.media_type, document.name, quads=quads) for document, quads in parsed
    )

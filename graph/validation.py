"""Validation of what comes from outside, shapes included: the task of a killable process, and what is sent to it.

The shapes are code that somebody else wrote, so nothing here runs in the process that answers HTTP.
"""

import textwrap
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Final, Literal, get_args

from pyoxigraph import Quad, Store

from graph.errors import GraphError
from graph.pool.pool import TaskLabel
from graph.sparql.dataset import store_of
from graph.sparql.engine import QueryEngine
from graph.sparql.formats import Format
from loaders.errors import InputError
from loaders.rdf import reader
from loaders.rdf.positions import lookup
from loaders.rdf.positions.lookup import Positions
from ontology.terms import OWL, RDF, SH
from shapes import documents, reports
from shapes.errors import ShapesError
from shapes.report import Report
from shapes.reports.words import LANGUAGES, Language, preferred
from shapes.validation import validate, validate_contribution

__all__ = ["LANGUAGES", "Language", "UnusableShapesError", "preferred"]

Against = Literal["release", "none"]
Threshold = Literal["violation", "warning", "info"]
AGAINST: Final[tuple[Against, ...]] = get_args(Against)
THRESHOLDS: Final[tuple[Threshold, ...]] = get_args(Threshold)
MEDIA_TYPES: Final = tuple(reader.MEDIA_TYPES)
EXTENSIONS: Final = {extension: one.media_type for extension, one in reader.EXTENSIONS.items()}
REPORTS: Final = tuple(
    Format(name, one.media_type, one.extension.removeprefix("."), names=(name,))
    for name, one in reports.FORMATS.items()
)

VALIDATION: Final = TaskLabel(
    "the validation",
    "send less data or simpler shapes: a regular expression with nested repetition can run for ever",
    crash_advice="send simpler data or shapes",
)
_LONGEST_MESSAGE: Final = 400
_EXTENSIONS_OF_SHACL: Final = frozenset(SH[name] for name in ("target", "rule", "js", "expression"))


class DocumentError(GraphError):
    """A document that cannot be read; ``fault`` says what is wrong, with the place in it where that is known."""

    def __init__(self, fault: InputError) -> None:
        super().__init__(fault)
        self.fault = fault


class UnusableShapesError(GraphError):
    """Shapes that can be read but not used for validation."""


@dataclass(frozen=True)
class Document:
    """What somebody sent: RDF of one of :data:`MEDIA_TYPES`, and what to call it."""

    data: bytes
    media_type: str
    name: str


@dataclass(frozen=True)
class ValidationRequest:
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
class ValidationResult:
    """The written report, and whether the data conform."""

    conforms: bool
    report: bytes


def validate_documents(engine: QueryEngine, asked: ValidationRequest, default_graph: str) -> ValidationResult:
    """Return the report on what is ``asked``, with the graph of ``engine``; what ``default_graph`` says of its store.

    Raises ``DocumentError`` for a document that cannot be read and ``UnusableShapesError`` for shapes.
    """
    try:
        parsed = [(document, _parsed(document)) for document in asked.data]
        data = [quad for _, quads in parsed for quad in quads]
        shapes, extra_shapes = _shapes(asked.shapes), _shapes(asked.extra_shapes)
        release = _release(engine.store, default_graph) if asked.against == "release" else ()
        report = replace(report_on_merged(data, release, shapes, extra_shapes), fail_on=asked.threshold)
        places = _positions(parsed) if report.results else Positions()
        written = reports.FORMATS[asked.format].write(report, asked.language, places)
    except InputError as error:
        raise DocumentError(error) from error
    except ShapesError as error:
        raise UnusableShapesError(textwrap.shorten(str(error), _LONGEST_MESSAGE, placeholder=" ...")) from error
    return ValidationResult(report.conforms, written)


def write_report(
    _: QueryEngine, report: Report, document: Document | None, format_name: str, language: Language
) -> bytes:
    """Return a report written as ``format_name``, with the places in the ``document`` that it is about, if any.

    Raises ``DocumentError`` when the document cannot be read.
    """
    try:
        places = _positions([(document, _parsed(document))]) if document and report.results else Positions()
    except InputError as error:
        raise DocumentError(error) from error
    return reports.FORMATS[format_name].write(report, language, places)


def file_extension(media_type: str) -> str:
    """Return the extension, with its dot, of files of one of :data:`MEDIA_TYPES`; none for another media type."""
    return next((one for one, known in EXTENSIONS.items() if known == media_type), "")


def report_on_merged(
    data: Collection[Quad],
    release: Store | Collection[Quad],
    shapes: Collection[Quad] = (),
    extra_shapes: Collection[Quad] = (),
) -> Report:
    """Return the report on ``data`` merged with a ``release``, which is empty when the data stand alone.

    It is the project's own report on a contribution, unless there are ``shapes``, which apply to the whole instead. The
    results of ``extra_shapes`` come on top of it, as far as they are about what the data make statements about. Raises
    ``ShapesError`` when shapes cannot be used.
    """
    if shapes:
        return _over(data, release, shapes)
    report = validate_contribution(data, release)
    if not extra_shapes:
        return report
    return Report.merged([report, _over(data, release, extra_shapes).about({quad.subject for quad in data})])


def merge_shapes(documents_read: Sequence[tuple[str, Collection[Quad]]]) -> list[Quad]:
    """Return the shapes of documents, each given with its name, as one.

    Raises ``UnusableShapesError``, which names the document, where one declares no shape and where something of it
    would be left out in silence: an extension of SHACL, or the import of a document that is not among them.
    """
    together = [quad for _, quads in documents_read for quad in quads]
    there = {quad.subject for quad in together if quad.predicate == RDF.type and quad.object == OWL.Ontology}
    for name, quads in documents_read:
        if not documents.holds_shapes(quads):
            raise UnusableShapesError(f"{name}: declares no SHACL shape; give an sh:NodeShape or sh:PropertyShape")
        left_out = next(filter(None, (_left_out(quad, there) for quad in quads)), None)
        if left_out is not None:
            raise UnusableShapesError(f"{name}: {left_out}")
    return together


def _parsed(document: Document) -> list[Quad]:
    return reader.parse(document.data, document.media_type, document.name)


def _shapes(sent: Iterable[Document]) -> list[Quad]:
    return merge_shapes([(document.name, _parsed(document)) for document in sent])


def _release(store: Store, default_graph: str) -> Store:
    """Return a store whose default graph is the merge of all graphs, which the one for queries need not have."""
    return store if default_graph == "merged" else store_of(store)


def _positions(parsed: Iterable[tuple[Document, list[Quad]]]) -> Positions:
    return Positions.merged(
        lookup.positions(document.data, document.media_type, document.name, quads=quads) for document, quads in parsed
    )


def _left_out(quad: Quad, there: Collection[object]) -> str | None:
    if quad.predicate in _EXTENSIONS_OF_SHACL:
        name = quad.predicate.value.removeprefix(SH.iri)
        return f"sh:{name} is an extension of SHACL that is not supported; use SHACL Core or SHACL-SPARQL constraints"
    if quad.predicate == OWL.imports and quad.object not in there:
        return f"imports {quad.object}, but documents are not fetched; add the document, or remove the import"
    return None


def _over(data: Collection[Quad], release: Store | Collection[Quad], shapes: Collection[Quad]) -> Report:
    if not isinstance(release, Store):
        return validate([*data, *release], shapes)
    with _merged(release, data):
        return validate(release, shapes)


@contextmanager
def _merged(store: Store, data: Iterable[Quad]) -> Iterator[None]:
    """Add the triples of ``data`` to the default graph of ``store``, until the end of the ``with`` block."""
    triples = {Quad(quad.subject, quad.predicate, quad.object) for quad in data}
    new = [quad for quad in triples if quad not in store]
    store.extend(new)
    try:
        yield
    finally:
        for quad in new:
            store.remove(quad)

"""Validation of data and shapes from clients, as a task for a process that can be killed.

Shapes from clients are untrusted code, so nothing here runs in the process that answers HTTP. Extensions of SHACL and
imports of documents that are not sent along are refused: a report that says "conforms" covers everything in the shapes.
"""

import textwrap
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final, Literal, get_args

from pyoxigraph import DefaultGraph, Quad, Store
from pyoxigraph import Literal as RdfLiteral

from graph.contributions.proposal import report_on_proposal
from graph.errors import GraphError
from graph.pool.pool import TaskLabel
from graph.sparql.dataset import create_store
from graph.sparql.engine import QueryEngine
from graph.sparql.formats import Format
from loaders.errors import InputError
from loaders.rdf import reader
from loaders.rdf.positions import lookup
from loaders.rdf.positions.lookup import Positions
from loaders.rdf.prefixes import declared as declared_prefixes
from ontology.terms import PREFIXES
from shapes import reports
from shapes.errors import ShapesError
from shapes.imports import ImportableDocument, ShapesInput, addresses, resolve
from shapes.languages import LANGUAGES, Language
from shapes.report import Note, Report
from shapes.reports.words import preferred
from shapes.validation import store_about, store_of, validate, validate_contribution

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
_MAX_MESSAGE_LENGTH: Final = 400
_NO_SHAPES: Final = ShapesInput()


class DocumentError(GraphError):
    """A document cannot be parsed; ``fault`` gives the reason and, where known, the position."""

    def __init__(self, fault: InputError) -> None:
        super().__init__(fault)
        self.fault = fault


class UnusableShapesError(GraphError):
    """Shapes are well-formed RDF but cannot be used for validation."""


@dataclass(frozen=True)
class Document:
    """RDF from a client in one of :data:`MEDIA_TYPES`, with a name for messages and the base of relative IRIs."""

    data: bytes
    media_type: str
    name: str
    base_iri: str | None = None


@dataclass(frozen=True)
class ValidationRequest:
    """Data to validate, with the shapes, the graph to merge it with, and the form of the report.

    Without ``shapes`` the project's own apply, and ``extra_shapes`` in addition to them. ``threshold`` is the severity
    from which on the data do not conform. ``background`` holds vocabularies that ``shapes`` or ``extra_shapes`` need.
    """

    data: tuple[Document, ...]
    shapes: tuple[Document, ...] = ()
    against: Against = "release"
    format: str = "json"
    language: Language = "en"
    threshold: Threshold = "violation"
    extra_shapes: tuple[Document, ...] = ()
    background: tuple[Document, ...] = ()


@dataclass(frozen=True)
class ValidationResult:
    """The serialized report, and whether the data conform."""

    conforms: bool
    report: bytes


def validate_documents(engine: QueryEngine, request: ValidationRequest, default_graph: str) -> ValidationResult:
    """Validate the data of a request, merged with the graph of ``engine`` unless it stands alone.

    ``default_graph`` is the kind of default graph in the store of ``engine``: ``merged`` or ``own``. Raises
    ``DocumentError`` for a document that cannot be parsed and ``UnusableShapesError`` for unusable shapes.
    """
    try:
        parsed = [(document, _parse(document)) for document in request.data]
        others = [_importable(one, quads) for one, quads in parsed], _parsed_importable(request.background)
        shapes = resolve(_parsed_importable(request.shapes), *others)
        extra_shapes = resolve(_parsed_importable(request.extra_shapes), *others)
        release = _release(engine.store, default_graph) if request.against == "release" else None
        named = [(document.name, quads) for document, quads in parsed]
        prefixes = {prefix: iri for one in others[0] for prefix, iri in one.prefixes.items()}
        report = report_on_documents(named, release, shapes, extra_shapes, prefixes=prefixes)
        report = replace(report, fail_on=request.threshold)
        positions = _positions(parsed) if report.results else Positions()
        body = reports.FORMATS[request.format].write(report, request.language, positions)
    except InputError as error:
        raise DocumentError(error) from error
    except ShapesError as error:
        raise UnusableShapesError(textwrap.shorten(str(error), _MAX_MESSAGE_LENGTH, placeholder=" ...")) from error
    return ValidationResult(report.conforms, body)


def write_report(
    _: QueryEngine, report: Report, document: Document | None, format_name: str, language: Language
) -> bytes:
    """Serialize a report in the format ``format_name``, with positions in the validated ``document``, if given.

    Raises ``DocumentError`` when the document cannot be parsed.
    """
    try:
        positions = _positions([(document, _parse(document))]) if document and report.results else Positions()
    except InputError as error:
        raise DocumentError(error) from error
    return reports.FORMATS[format_name].write(report, language, positions)


def file_extension(media_type: str) -> str:
    """Return the file extension of one of :data:`MEDIA_TYPES`, with its dot; empty for another media type."""
    return next((one for one, known in EXTENSIONS.items() if known == media_type), "")


def report_on_documents(
    named_documents: Sequence[tuple[str, Collection[Quad]]],
    release: Store | Collection[Quad] | None,
    shapes: ShapesInput = _NO_SHAPES,
    extra_shapes: ShapesInput = _NO_SHAPES,
    sender: str | None = None,
    prefixes: Mapping[str, str] = MappingProxyType({}),
) -> Report:
    """Return the report on documents, each with its name, merged with a ``release``, or alone without one.

    Without ``shapes`` the project's own apply, and beside a release the documents go through the steps of a
    contribution of ``sender``; otherwise ``shapes`` apply to the merged graph. Results of ``extra_shapes`` are added,
    but for those whose focus node only the release mentions: a note of the report counts them. ``prefixes`` are those
    of the documents, namespaces by prefix. Raises ``ShapesError`` when shapes cannot be used, and ``RefusedError``
    where a contribution would be refused without a report.
    """
    data = [quad for _, quads in named_documents for quad in quads]
    prefixes = {**PREFIXES, **prefixes, **shapes.prefixes, **extra_shapes.prefixes}
    if shapes.shapes:
        return _validate_merged(data, release or (), shapes, prefixes)
    if release is None:
        # What only the extra shapes look at has been looked at.
        report = validate_contribution(data, is_file=not extra_shapes.shapes)
    else:
        subjects = {quad.subject for quad in data}
        graph = release if isinstance(release, Store) else store_about(release, subjects)
        report = report_on_proposal(named_documents, graph, sender)
    if extra_shapes.shapes:
        found = _validate_merged(data, release or (), extra_shapes, prefixes)
        report = replace(Report.merged([report, _about_data(found, data, release or ())]), effect=report.effect)
    return replace(report, prefixes=prefixes)


def _about_data(report: Report, data: Collection[Quad], release: Store | Collection[Quad]) -> Report:
    """Return the results about terms in the data, and about terms that neither the data nor the release have."""
    terms = {term for quad in data for term in (quad.subject, quad.object)}
    others = {result.focus_node for result in report.results} - terms
    if isinstance(release, Store):
        released = {
            term
            for term in others
            if any(release.quads_for_pattern(None, None, term, DefaultGraph()))
            or (not isinstance(term, RdfLiteral) and any(release.quads_for_pattern(term, None, None, DefaultGraph())))
        }
    else:
        released = others & {term for quad in release for term in (quad.subject, quad.object)}
    kept = report.about(terms | (others - released))
    left_out = len(report.results) - len(kept.results)
    return replace(kept, notes=(*kept.notes, Note("not-shown", str(left_out)))) if left_out else kept


def _parse(document: Document) -> list[Quad]:
    return reader.parse(document.data, document.media_type, document.name, base_iri=document.base_iri)


def _parsed_importable(sent: Iterable[Document]) -> list[ImportableDocument]:
    return [_importable(document, _parse(document)) for document in sent]


def _importable(document: Document, quads: Collection[Quad]) -> ImportableDocument:
    prefixes = declared_prefixes(document.data, document.media_type)
    return ImportableDocument(document.name, quads, addresses(document.base_iri, document.name), prefixes)


def _release(store: Store, default_graph: str) -> Store:
    """Return a store whose default graph is the merge of all graphs."""
    return store if default_graph == "merged" else create_store(store)


def _positions(parsed: Iterable[tuple[Document, list[Quad]]]) -> Positions:
    return Positions.merged(
        lookup.positions(document.data, document.media_type, document.name, base_iri=document.base_iri, quads=quads)
        for document, quads in parsed
    )


def _validate_merged(
    data: Collection[Quad], release: Store | Collection[Quad], shapes: ShapesInput, prefixes: Mapping[str, str]
) -> Report:
    if isinstance(release, Store):
        with _merged(release, data), _merged(release, shapes.background) as background:
            # A store rewrites numbers and dates.
            report = validate(release, shapes.shapes, prefixes, store_of(background))
    else:
        stated = [*data, *release]
        background = _beyond(stated, shapes.background)
        report = validate([*stated, *background], shapes.shapes, prefixes, background)
    return replace(report, notes=(*report.notes, *shapes.notes))


def _beyond(stated: Iterable[Quad], background: Collection[Quad]) -> list[Quad]:
    """Return the quads of ``background`` whose triples are not ``stated``."""
    subjects = {quad.subject for quad in background}
    known = {quad.triple for quad in stated if quad.subject in subjects} if subjects else set()
    return [quad for quad in background if quad.triple not in known]


@contextmanager
def _merged(store: Store, data: Iterable[Quad]) -> Iterator[list[Quad]]:
    """Add the triples of ``data`` to the default graph of ``store`` for the ``with`` block, and return the new ones."""
    triples = {Quad(quad.subject, quad.predicate, quad.object) for quad in data}
    new = [quad for quad in triples if quad not in store]
    store.extend(new)
    try:
        yield new
    finally:
        for quad in new:
            store.remove(quad)

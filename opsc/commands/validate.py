"""``opsc validate``: validate RDF files against the shapes before contributing them."""

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import click
from pyoxigraph import Quad

from graph.errors import GraphError, RefusedError
from graph.files import home
from graph.settings import CommandLimits, from_environment
from graph.validation import report_on_documents
from loaders.errors import InputError
from loaders.rdf import reader
from loaders.rdf.positions.lookup import Positions, positions
from loaders.tables import read_bytes
from ontology.memory import without_collection
from opsc import explanations, files, languages
from opsc.commands.contribute import user
from opsc.deadline import time_limit
from opsc.imports import Imports, importable
from opsc.progress import Progress
from shapes import documents
from shapes.errors import ShapesError
from shapes.imports import ImportableDocument, ShapesInput
from shapes.report import FailOn, Report
from shapes.reports import FORMATS, Language

_FILE: Final = click.Path(path_type=Path)
_LONGEST_REASON: Final = 400
_TIMEOUT: Final = (
    "validation timed out after {seconds:g} seconds (OPSC_COMMAND_SECONDS); validate fewer files at a time or simplify "
    "the shapes: a regular expression with nested repetition can run for ever"
)


@click.command()
@click.argument("paths", metavar="FILE...", nargs=-1, type=_FILE)
@click.option(
    "--against",
    type=click.Choice(["release", "none"]),
    help="Data to merge with the files before validation.  [default: release; none with --shapes]",
)
@click.option(
    "--shapes",
    "own_shapes",
    metavar="FILE",
    multiple=True,
    type=_FILE,
    help="Use the SHACL shapes in this file instead of the project's. Can be repeated.",
)
@click.option(
    "--background",
    metavar="FILE",
    multiple=True,
    type=_FILE,
    help="Vocabulary for --shapes or --extra-shapes: known to the shapes, but not validated. Can be repeated.",
)
@click.option(
    "--offline-imports",
    metavar="DIR",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Read documents that owl:imports names from copies in this folder.",
)
@click.option(
    "--base",
    "base_iri",
    metavar="IRI",
    help="Resolve relative IRIs in the files against this IRI.  [default: with --shapes, the IRI of each file]",
)
@click.option(
    "--explain",
    is_flag=True,
    help="Only print which constraints of the shapes are compiled to SPARQL.",
)
@click.option(
    "--extra-shapes",
    metavar="FILE",
    multiple=True,
    type=_FILE,
    help="Use the SHACL shapes in this file in addition to the project's. Can be repeated.",
)
@click.option(
    "--fail-on",
    type=click.Choice(["violation", "warning", "info"]),
    default="violation",
    show_default=True,
    help="Lowest severity that makes the files not conform.",
)
@click.option(
    "--format",
    "format_name",
    type=click.Choice(list(FORMATS)),
    default="text",
    show_default=True,
    help="Format of the report.",
)
@languages.option
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the report to this file instead of standard output.",
)
@click.pass_context
def validate(  # noqa: PLR0913
    ctx: click.Context,
    *,
    paths: tuple[Path, ...],
    against: str | None,
    background: tuple[Path, ...],
    base_iri: str | None,
    explain: bool,
    own_shapes: tuple[Path, ...],
    extra_shapes: tuple[Path, ...],
    fail_on: FailOn,
    format_name: str,
    language: Language,
    offline_imports: Path | None,
    out: Path | None,
) -> None:
    """Validate RDF files as a contribution to the graph, and print the report.

    The file extension gives the format: .ttl, .trig, .nt, .nq, .rdf, .jsonld. All files are validated together. Exit
    codes: 0 the files conform, possibly with warnings; 1 they do not conform; 2 a file cannot be read.

    \b
    Examples:
      opsc validate ratification.ttl
      opsc validate --against none --fail-on warning dataset.ttl
      opsc validate --shapes our-shapes.ttl --format html --out report.html dataset.ttl
      opsc validate --shapes profile.ttl --background vocabulary.ttl --offline-imports copies dataset.ttl
      opsc validate --format sarif --out opsc.sarif data/*.ttl
      opsc validate --explain --shapes our-shapes.ttl
    """
    if own_shapes and extra_shapes:
        raise click.UsageError(
            "use either --shapes (instead of the project's shapes) or --extra-shapes (in addition to them), not both"
        )
    if (background or offline_imports) and not (own_shapes or extra_shapes):
        raise click.UsageError(
            "--background and --offline-imports need --shapes or --extra-shapes: the project's shapes see only the "
            "files and the graph"
        )
    base_of = _Bases(base_iri, own_shapes=bool(own_shapes))
    imports = Imports(base_of.shapes, background, offline_imports)
    if explain:
        files.write_output(_explanation(own_shapes, extra_shapes, imports).encode(), out)
        return
    if not paths:
        raise click.UsageError("Missing argument 'FILE...'.")
    if out is not None and any(out.resolve() == path.resolve() for path in paths):
        raise click.UsageError(f"--out {out} is one of the input files; choose another file")
    seconds = from_environment(CommandLimits).validation_seconds
    timeout = _TIMEOUT.format(seconds=seconds)
    with Progress() as progress, time_limit(seconds, timeout), without_collection():
        documents_read = []
        for path in paths:
            progress.step(f"Reading {path}")
            documents_read.append(_read(path, base_of.data(path)))
        data = [importable(one.path, one.data, one.quads, one.base_iri) for one in documents_read]
        shapes = imports.resolve(own_shapes, data), imports.resolve(extra_shapes, data)
        with_release = (against or ("none" if own_shapes else "release")) == "release"
        with _naming_files(own_shapes or extra_shapes or paths):
            report = _report(data, shapes, progress, with_release=with_release)
        report = replace(report, fail_on=fail_on)
        progress.step("Writing the report")
        content = FORMATS[format_name].write(report, language, _positions(documents_read, report))
        documents_read.clear()
    files.write_output(content, out)
    ctx.exit(0 if report.conforms else 1)


@contextmanager
def _naming_files(paths: Iterable[Path]) -> Iterator[None]:
    """Turn a ``ShapesError`` into an ``InputError`` that names the files, and say what a contribution would refuse."""
    try:
        yield
    except RefusedError as refusal:
        raise GraphError(f"{refusal.problem} (a contribution would be refused: {refusal.code})") from refusal
    except ShapesError as error:
        reason = textwrap.shorten(str(error), _LONGEST_REASON, placeholder=" ...")
        raise InputError(", ".join(map(str, paths)), None, None, reason) from error


@dataclass(frozen=True)
class _Document:
    """A parsed input file."""

    path: Path
    data: bytes
    base_iri: str | None
    quads: Sequence[Quad]


@dataclass(frozen=True)
class _Bases:
    """The base IRIs of files (RFC 3986, section 5.1): the one given, or the IRI of each file.

    Data for the project's shapes have no base by default: a contribution needs IRIs that others can use.
    """

    given: str | None
    own_shapes: bool

    def data(self, path: Path) -> str | None:
        return self.shapes(path) if self.own_shapes else self.given

    def shapes(self, path: Path) -> str:
        return self.given or reader.iri_of_file(path)


def _read(path: Path, base_iri: str | None) -> _Document:
    rdf_format, data = reader.format_of_file(path), read_bytes(path)
    return _Document(path, data, base_iri, reader.parse(data, rdf_format, str(path), base_iri=base_iri))


def _explanation(own_shapes: Sequence[Path], extra_shapes: Sequence[Path], imports: Imports) -> str:
    user_shapes = imports.resolve(own_shapes or extra_shapes).shapes
    project_shapes = [] if own_shapes else [documents.core(), documents.contribution()]
    with _naming_files(own_shapes or extra_shapes):
        return explanations.render([*project_shapes, *([user_shapes] if user_shapes else [])])


def _release() -> list[Quad]:
    """Return the current version of the graph: the release with the accepted contributions."""
    # Imported here because a validation without the release needs no ledger, and starts faster.
    from graph.contributions.contributions import Contributions  # noqa: PLC0415

    return Contributions(home()).quads()


def _report(
    read: Sequence[ImportableDocument],
    shapes: tuple[ShapesInput, ShapesInput],
    progress: Progress,
    *,
    with_release: bool,
) -> Report:
    prefixes = {prefix: iri for document in read for prefix, iri in document.prefixes.items()}
    named = [(document.name, document.quads) for document in read]
    release = _release() if with_release else None
    progress.step("Validating")
    return report_on_documents(named, release, *shapes, sender=user(), prefixes=prefixes)


def _positions(read: Iterable[_Document], report: Report) -> Positions:
    """Return the positions of terms in the files; only the file names if there are no results."""
    named = [(click.format_filename(document.path), document) for document in read]
    if not report.results:
        return Positions([name for name, _ in named])
    return Positions.merged(
        positions(
            document.data,
            reader.format_of_file(document.path),
            name,
            base_iri=document.base_iri,
            quads=document.quads,
        )
        for name, document in named
    )

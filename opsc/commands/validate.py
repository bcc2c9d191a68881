"""``opsc validate``: validates RDF files against the shapes, before anything is contributed."""

from collections.abc import Iterable
from pathlib import Path

import click
from pyoxigraph import Quad, RdfFormat, parse

from graph import release
from graph.home import home
from loaders import rdf
from loaders.errors import InputError
from shapes import documents, validation
from shapes.errors import ShapesError
from shapes.report import Report

_FILE = click.Path(path_type=Path)


@click.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=_FILE)
@click.option(
    "--shapes",
    "shapes_files",
    metavar="FILE",
    multiple=True,
    type=_FILE,
    help="Use the SHACL shapes in this file instead of the project's; may be given several times.",
)
@click.option(
    "--against",
    type=click.Choice(["release", "none"]),
    help="What the files are merged with before they are validated.  [default: release; none with --shapes]",
)
@click.option(
    "--format",
    "format_name",
    type=click.Choice(["text", "turtle", "json"]),
    default="text",
    show_default=True,
    help="The form of the report: for a reader, as SHACL in Turtle, or as JSON.",
)
@click.pass_context
def validate(
    ctx: click.Context,
    files: tuple[Path, ...],
    shapes_files: tuple[Path, ...],
    against: str | None,
    format_name: str,
) -> None:
    """Validate RDF files as a contribution to the graph, and print the report.

    The extension of a file names its format: .ttl, .trig, .nt, .nq, .rdf, .jsonld. Several files are validated
    together. Exit code 0: they conform (warnings are advice); 1: they do not; 2: a file cannot be read.

    \b
    Examples:
      opsc validate ratification.ttl
      opsc validate --against none --format json dataset.ttl
      opsc validate --shapes our-shapes.ttl dataset.ttl
    """
    contribution = _read(files)
    shapes = _shapes(shapes_files)
    release_quads = _release() if (against or ("none" if shapes else "release")) == "release" else []
    try:
        report = _report(contribution, release_quads, shapes)
    except ShapesError as error:
        names = ", ".join(str(path) for path in shapes_files or files)
        raise InputError(names, None, None, str(error)) from error
    click.echo(_written(report, format_name), nl=False)
    ctx.exit(0 if report.conforms else 1)


def _read(paths: Iterable[Path]) -> list[Quad]:
    return [quad for path in paths for quad in rdf.read(path)]


def _shapes(paths: Iterable[Path]) -> list[Quad]:
    shapes: list[Quad] = []
    for path in paths:
        quads = rdf.read(path)
        if not documents.holds_shapes(quads):
            reason = "declares no SHACL shape; give --shapes a file with an sh:NodeShape or sh:PropertyShape"
            raise InputError(str(path), None, None, reason)
        shapes += quads
    return shapes


def _release() -> list[Quad]:
    with release.current(home()).quads_file.open("rb") as file:
        return list(parse(file, RdfFormat.N_QUADS))


def _report(contribution: list[Quad], release_quads: list[Quad], shapes: list[Quad]) -> Report:
    if shapes:
        return validation.validate([*contribution, *release_quads], shapes)
    return validation.validate_contribution(contribution, release_quads)


def _written(report: Report, format_name: str) -> str:
    match format_name:
        case "turtle":
            return report.as_turtle()
        case "json":
            return report.as_json()
    return report.as_text()

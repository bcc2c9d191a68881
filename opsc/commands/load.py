"""``opsc load``: convert status tables and RDF files to N-Quads, without changing the graph."""

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path

import click
from pyoxigraph import Literal, NamedNode

import graph
from graph.versions.release import sorted_nquads
from loaders.curated.law import instruments
from loaders.curated.participation import participants
from loaders.rdf import reader as rdf_files
from loaders.untc import status_tables
from loaders.untc.status_tables import StatusTables
from ontology import iris
from ontology.terms import OPSC
from opsc import files
from shapes.reports.rows import visible

_DATA = Path(graph.__file__).parent / "data"


def _graph_iri(_context: click.Context, _option: click.Parameter, value: str | None) -> NamedNode | None:
    """Return an IRI unchanged, and a name as ``graph/{name}`` below the base of the project's IRIs."""
    if value is None:
        return None
    try:
        return NamedNode(value) if ":" in value else iris.graph(value)
    except ValueError as error:
        raise click.BadParameter(f"'{value}' is not a valid IRI: {error}") from error


_graph_option = click.option(
    "--graph", "graph_name", callback=_graph_iri, metavar="NAME", help="Target named graph, by name or IRI."
)
_json_option = click.option("--json", "as_json", is_flag=True, help="Print a summary as JSON.")


@click.group()
def load() -> None:
    """Convert status tables or RDF files to sorted N-Quads.

    \b
    Example:
      opsc load untc treaties/4-11-c.csv --out opsc.nq
      opsc load rdf notes.ttl more.jsonld --out notes.nq
    """


@load.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="N-Quads file to write.")
@click.option("--source", default=status_tables.SOURCE, show_default=True, help="Id of the source to cite.")
@_graph_option
@_json_option
def untc(path: Path, out: Path, source: str, graph_name: NamedNode | None, as_json: bool) -> None:
    """Convert status tables of the UN Treaty Collection: PATH is a CSV file or a folder of CSV files.

    Each cell becomes an action of a participant. Rejected cells are reported on standard error with the reason.

    \b
    Example:
      opsc load untc treaties --out actions.nq
    """
    names = participants.iris_by_name(_DATA)
    tables = status_tables.load_status_tables(path, names, _instruments(), source_id=source, graph=graph_name)
    files.write_atomically(out, sorted_nquads(tables.quads))
    for rejection in tables.rejections:
        click.echo(visible(str(rejection)), err=True)
    click.echo(_as_json(tables, out) if as_json else visible(_as_text(tables, out)))


def _instruments() -> dict[str, NamedNode]:
    """Return the instruments that the curated data describe, by MTDSG number."""
    numbered = (quad for quad in instruments.load_instruments(_DATA) if quad.predicate == OPSC.mtdsgNumber)
    return {
        quad.object.value: quad.subject
        for quad in numbered
        if isinstance(quad.object, Literal) and isinstance(quad.subject, NamedNode)
    }


def _as_text(tables: StatusTables, out: Path) -> str:
    outcome = f"{tables.actions} actions, {len(tables.rejections)} rejected"
    return f"{tables.tables} tables, {tables.cells} cells: {outcome}; {len(tables.quads)} quads in {out}"


def _as_json(tables: StatusTables, out: Path) -> str:
    summary = {
        "tables": tables.tables,
        "cells": tables.cells,
        "blank": tables.blank,
        "actions": tables.actions,
        "quads": len(tables.quads),
        "out": str(out),
        "rejections": [dataclasses.asdict(rejection) for rejection in tables.rejections],
    }
    return json.dumps(summary, indent=2, ensure_ascii=False)


@load.command()
@click.argument("paths", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="Write to this file instead of standard output.")
@click.option("--base", metavar="IRI", help="Base IRI for relative IRIs.")
@_graph_option
@_json_option
def rdf(paths: Sequence[Path], out: Path | None, base: str | None, graph_name: NamedNode | None, as_json: bool) -> None:
    """Convert RDF files: Turtle, TriG, N-Triples, N-Quads, RDF/XML and JSON-LD, by their file extension.

    Triples outside named graphs go to the graph given with --graph.

    \b
    Example:
      opsc load rdf notes.ttl more.jsonld --graph notes --out notes.nq
    """
    if as_json and out is None:
        raise click.UsageError("--json prints a summary to standard output; write the quads to a file with --out FILE")
    by_file = {str(path): rdf_files.read(path, base_iri=base, graph=graph_name) for path in paths}
    content = sorted_nquads(quad for quads in by_file.values() for quad in quads)
    if out is None:
        click.echo(content, nl=False)
        return
    files.write_atomically(out, content)
    counts = {file: len(quads) for file, quads in by_file.items()}
    summary = {"quads": sum(counts.values()), "files": counts, "out": str(out)}
    text = visible(f"{len(counts)} files: {summary['quads']} quads in {out}")
    click.echo(json.dumps(summary, indent=2, ensure_ascii=False) if as_json else text)

"""``opsc export``: export the graph in any RDF format."""

from pathlib import Path
from typing import Final

import click
from pyoxigraph import DefaultGraph, NamedNode, RdfFormat, Store

from graph.contributions.contributions import Contributions
from graph.contributions.current_graph import load_version
from graph.files import home
from graph.sparql import formats
from graph.versions import release
from ontology import iris
from ontology.terms import PREFIXES
from opsc import files

_FORMATS: Final = {one.names[0]: one for one in reversed(formats.PUBLISHED)}


@click.command()
@click.option(
    "--format",
    "format_name",
    type=click.Choice(list(_FORMATS)),
    default="nquads",
    show_default=True,
    help="RDF format of the output.",
)
@click.option(
    "--graph", "graph_name", metavar="NAME", help="Only this named graph, by IRI or by name, such as participation."
)
@click.option("--version", metavar="V", help="Version id, or its first characters.  [default: the current version]")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file instead of standard output."
)
def export(format_name: str, graph_name: str | None, version: str | None, out: Path | None) -> None:
    """Export the graph, or one of its named graphs: the current release with the accepted contributions.

    Turtle, N-Triples and RDF/XML cannot hold graph names: the output is the merge of all named graphs. 'opsc versions'
    lists the version ids.

    \b
    Examples:
      opsc export --format turtle --graph participation --out participation.ttl
      opsc export --version 3f2a9c41 --out before.nq
    """
    chosen = Contributions(home()).resolve_version(version) if version else None
    content = _serialized(_FORMATS[format_name].rdf_format, graph_name, chosen)
    files.write_output(content, out)


def _serialized(rdf_format: RdfFormat, graph_name: str | None, version: str | None) -> bytes:
    if graph_name is None and rdf_format == RdfFormat.N_QUADS:
        return Contributions(home()).nquads(version)
    if graph_name is None and rdf_format.supports_datasets:
        quads = sorted(load_version(home(), version, "own"), key=str)
        return release.serialize_rdf(quads, rdf_format, PREFIXES)
    dataset = load_version(home(), version)
    triples = (quad.triple for quad in dataset.quads_for_pattern(None, None, None, _chosen(dataset, graph_name)))
    return release.serialize_rdf(sorted(triples, key=str), rdf_format, PREFIXES)


def _chosen(dataset: Store, graph_name: str | None) -> NamedNode | DefaultGraph:
    if graph_name is None:
        return DefaultGraph()
    chosen = NamedNode(graph_name) if ":" in graph_name else iris.graph(graph_name)
    if not dataset.contains_named_graph(chosen):
        names = ", ".join(sorted(str(name.value).removeprefix(f"{iris.BASE}graph/") for name in dataset.named_graphs()))
        raise click.BadParameter(f"graph '{graph_name}' not found; use one of {names}", param_hint="'--graph'")
    return chosen

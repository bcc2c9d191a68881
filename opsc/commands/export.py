"""``opsc export``: writes the graph in any RDF format."""

from pathlib import Path

import click
from pyoxigraph import DefaultGraph, NamedNode, RdfFormat, Store

from graph import release, store
from graph.home import home
from ontology import iris
from ontology.terms import PREFIXES
from opsc import files

_FORMATS = {
    "nquads": RdfFormat.N_QUADS,
    "trig": RdfFormat.TRIG,
    "turtle": RdfFormat.TURTLE,
    "ntriples": RdfFormat.N_TRIPLES,
    "rdfxml": RdfFormat.RDF_XML,
    "jsonld": RdfFormat.JSON_LD,
}


@click.command()
@click.option("--format", "format_name", type=click.Choice(list(_FORMATS)), default="nquads", show_default=True)
@click.option("--graph", "graph_name", metavar="NAME", help="Only this named graph: IRI, or name, e.g. participation.")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file, not to standard output."
)
def export(format_name: str, graph_name: str | None, out: Path | None) -> None:
    """Write the current release, or one named graph of it.

    Turtle, N-Triples and RDF/XML hold no graph names: they get the merge of all named graphs.

    \b
    Example:
      opsc export --format turtle --graph participation --out participation.ttl
    """
    content = _serialized(_FORMATS[format_name], graph_name)
    if out is None:
        click.echo(content, nl=False)
    else:
        files.replace(out, content)


def _serialized(rdf_format: RdfFormat, graph_name: str | None) -> bytes:
    current = release.current(home())
    if graph_name is None and rdf_format == RdfFormat.N_QUADS:
        return current.quads_file.read_bytes()
    if graph_name is None and rdf_format.supports_datasets:
        quads = sorted(store.load(current.quads_file, "own"), key=str)
        return release.as_bytes(quads, rdf_format, PREFIXES)
    dataset = store.load(current.quads_file)
    triples = (quad.triple for quad in dataset.quads_for_pattern(None, None, None, _chosen(dataset, graph_name)))
    return release.as_bytes(sorted(triples, key=str), rdf_format, PREFIXES)


def _chosen(dataset: Store, graph_name: str | None) -> NamedNode | DefaultGraph:
    if graph_name is None:
        return DefaultGraph()
    chosen = NamedNode(graph_name) if ":" in graph_name else iris.graph(graph_name)
    if not dataset.contains_named_graph(chosen):
        names = ", ".join(sorted(str(name.value).removeprefix(f"{iris.BASE}graph/") for name in dataset.named_graphs()))
        raise click.BadParameter(f"there is no graph '{graph_name}'; there are {names}", param_hint="'--graph'")
    return chosen

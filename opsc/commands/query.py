"""``opsc query``: run a SPARQL query on the graph."""

import json
import sys
from pathlib import Path
from typing import Any, Final

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from graph.contributions.current_graph import load_current_graph
from graph.files import home
from graph.settings import QueryLimits
from graph.sparql import formats
from graph.sparql.engine import Query, QueryEngine, QueryResult
from loaders.tables import read_bytes
from ontology.terms import PREFIXES
from opsc.child_process import continue_in_child

# A short name may stand for a format of each kind: ``json`` is SPARQL results in JSON, or JSON-LD.
_SOLUTIONS: Final = {"table": formats.JSON, **{name: one for one in formats.SOLUTIONS for name in one.names[:1]}}
_GRAPHS: Final = {"table": formats.TURTLE, **{name: one for one in formats.GRAPHS for name in one.names}}
_NAMES: Final = list(dict.fromkeys([*_SOLUTIONS, *(one.names[0] for one in formats.GRAPHS)]))


@click.command()
@click.argument("query")
@click.option(
    "--format",
    "format_name",
    type=click.Choice(_NAMES),
    default="table",
    show_default=True,
    help="Format of the result; for CONSTRUCT and DESCRIBE an RDF format, where xml is RDF/XML and json is JSON-LD.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=300.0,
    show_default=True,
    help="Seconds after which the query is stopped.",
)
def query(query: str, format_name: str, timeout: float) -> None:
    """Run QUERY on the graph: the path of a file, '-' for standard input, or the text of a SPARQL query.

    The query has to declare its prefixes; 'opsc export --graph dataset' lists those in use.

    \b
    Examples:
      opsc query tests/competency/law-01-what-must-be-criminalised.rq
      opsc query 'SELECT (COUNT(*) AS ?quads) WHERE { GRAPH ?g { ?s ?p ?o } }' --format json
    """
    continue_in_child(timeout)
    text = _text(query)
    engine = QueryEngine(load_current_graph(home()), QueryLimits())
    answer = engine.answer(
        Query(text, solutions_format=_SOLUTIONS.get(format_name), graph_format=_GRAPHS.get(format_name))
    )
    if format_name == "table" and answer.kind != "graph":
        _print_table(answer)
    else:
        click.echo(answer.body, nl=False)


def _text(query: str) -> str:
    if query == "-":
        return sys.stdin.read()
    path = Path(query)
    if "{" in query or not (path.suffix or path.exists()):
        return query
    try:
        return read_bytes(path).decode("utf-8")
    except UnicodeDecodeError:
        raise click.BadParameter(f"{path} is not valid UTF-8; save the file in UTF-8", param_hint="'QUERY'") from None


def _print_table(answer: QueryResult) -> None:
    results: dict[str, Any] = json.loads(answer.body)
    console = Console(highlight=False)
    if "boolean" in results:
        console.print("yes" if results["boolean"] else "no")
        return
    variables: list[str] = results["head"]["vars"]
    table = Table(*variables, box=None)
    for binding in results["results"]["bindings"]:
        table.add_row(*(Text(_shown(binding.get(variable))) for variable in variables))
    console.print(table)


def _shown(term: dict[str, str] | None) -> str:
    """Return a term for display: an IRI with a prefix if one is known, a literal by its lexical form."""
    if term is None:
        return ""
    value = term["value"]
    if term["type"] != "uri":
        return value
    prefix = next((prefix for prefix, namespace in PREFIXES.items() if value.startswith(namespace)), None)
    return f"{prefix}:{value.removeprefix(PREFIXES[prefix])}" if prefix else f"<{value}>"

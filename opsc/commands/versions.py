"""``opsc versions``: list the versions of the graph."""

import dataclasses
import json

import click
from rich.console import Console
from rich.table import Table

from graph.contributions.contributions import Contributions
from graph.files import home


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def versions(*, as_json: bool) -> None:
    """List the versions of the graph, oldest first. Releases, contributions and retractions each make one.

    \b
    Examples:
      opsc versions
      opsc export --version 3f2a9c41 --out then.nq
    """
    contributions = Contributions(home())
    current = contributions.version
    found = contributions.versions()
    if as_json:
        rows = [dataclasses.asdict(version) | {"current": version.id == current} for version in found]
        click.echo(json.dumps(rows, indent=2))
        return
    table = Table("Version", "Created (UTC)", "Cause", "Added", "Removed", "", box=None)
    for version in found:
        by = version.kind if version.number is None else f"{version.kind} {version.number}"
        mark = "current" if version.id == current else ""
        table.add_row(version.id[:12], version.when[:19], by, str(version.added), str(version.removed), mark)
    Console(highlight=False, markup=False).print(table)

"""``opsc build``: builds and releases the graph."""

import json

import click

from graph import build as builder
from graph.contributions.contributions import Contributions
from graph.home import home


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the manifest of the release as JSON.")
def build(as_json: bool) -> None:
    """Build the graph from its sources, validate it and make it the current release.

    A graph that does not conform to the shapes is not released: the report is printed, and the release before stays.
    Contributions that were let in are put on top of the new release.

    \b
    Example:
      opsc build
    """
    built = builder.build(home())
    contributions = Contributions(home())
    served, unapplied = contributions.version, contributions.unapplied
    if as_json:
        click.echo(json.dumps(built.release.manifest, indent=2, sort_keys=True, ensure_ascii=False))
        return
    click.echo(f"release {built.release.version[:12]}: {built.quads} quads, validated with {built.warnings} warnings")
    click.echo(f"in {built.release.directory}")
    if served != built.release.version:
        click.echo(f"version {served[:12]}: with the contributions on top")
    for number in unapplied:
        click.echo(
            f"contribution {number} no longer conforms and is left out; see 'opsc contributions show {number}'",
            err=True,
        )

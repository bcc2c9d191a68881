"""``opsc build``: build and release the graph."""

import json

import click

from graph.build import build_release
from graph.contributions.contributions import Contributions
from graph.files import home


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the release manifest as JSON.")
def build(as_json: bool) -> None:
    """Build the graph from its sources, validate it and make it the current release.

    If the graph does not conform to the shapes, the report is printed and the previous release stays current.
    Accepted contributions are applied to the new release.

    \b
    Example:
      opsc build
    """
    built = build_release(home())
    contributions = Contributions(home())
    served, unapplied = contributions.version, contributions.unapplied
    if as_json:
        click.echo(json.dumps(built.release.manifest, indent=2, sort_keys=True, ensure_ascii=False))
        return
    click.echo(f"release {built.release.version[:12]}: {built.quads} quads, validated with {built.warnings} warnings")
    click.echo(f"stored in {built.release.directory}")
    if served != built.release.version:
        click.echo(f"version {served[:12]}: release with contributions")
    for number in unapplied:
        click.echo(
            f"contribution {number} no longer conforms and was not applied; see 'opsc contributions show {number}'",
            err=True,
        )

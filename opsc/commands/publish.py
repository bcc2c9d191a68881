"""``opsc publish``: publish a version of the graph to an external SPARQL engine."""

import dataclasses
import json

import click

from graph.contributions.contributions import Contributions
from graph.files import home
from graph.remote import credentials
from graph.remote.publication import Publisher
from graph.remote.settings import StoreSettings
from graph.settings import from_environment
from opsc.progress import Progress


@click.command()
@click.option("--version", metavar="V", help="Version id, or its first characters.  [default: the current version]")
@click.option("--to", "update_url", metavar="URL", help="Update endpoint of the engine.  [default: OPSC_STORE_UPDATE]")
@click.option("--store", "query_url", metavar="URL", help="Query endpoint of the engine.  [default: OPSC_STORE]")
@click.option("--json", "as_json", is_flag=True, help="Print a summary as JSON.")
def publish(version: str | None, update_url: str | None, query_url: str | None, as_json: bool) -> None:
    """Publish the graph to the external SPARQL engine given by OPSC_STORE.

    Only changed graphs are written, and graphs that the version does not contain are removed. Then the triples of each
    graph are counted as a check. Run the command again to resume an interrupted publication. The user name and
    password for the engine are read from the file given by OPSC_STORE_CREDENTIALS.

    \b
    Example:
      export OPSC_STORE=http://127.0.0.1:8890/sparql
      opsc publish --to http://127.0.0.1:8890/sparql-auth
    """
    settings = from_environment(StoreSettings)
    query = query_url or settings.query_url or update_url or ""
    settings = dataclasses.replace(settings, query_url=query, update_url=update_url or settings.update_url)
    if not settings.update_url:
        raise click.UsageError("missing update endpoint: give its URL with --to or OPSC_STORE_UPDATE")
    contributions = Contributions(home())
    chosen = contributions.resolve_version(version) if version else contributions.version
    publisher = Publisher(home(), settings, credentials.read(settings.credentials_file))
    with Progress() as progress:
        outcome = publisher.publish(chosen, progress.step)
    if as_json:
        click.echo(json.dumps(dataclasses.asdict(outcome), indent=2, sort_keys=True))
        return
    click.echo(
        f"version {outcome.version[:12]} published: {outcome.graphs} graphs, "
        f"{outcome.written} written with {outcome.triples} triples, {outcome.removed} removed"
    )

"""``opsc publish``: writes a version of the graph into a SPARQL engine elsewhere."""

import dataclasses
import json

import click

from graph.contributions.contributions import Contributions
from graph.home import home
from graph.remote import credentials
from graph.remote.publication import Publisher
from graph.remote.settings import StoreSettings
from graph.settings import from_environment
from opsc.progress import Progress


@click.command()
@click.option("--version", metavar="V", help="This version, or the one that begins so; the current one by default.")
@click.option("--to", "update_url", metavar="URL", help="The engine's update endpoint.  [default: OPSC_STORE_UPDATE]")
@click.option("--store", "query_url", metavar="URL", help="The engine's query endpoint.  [default: OPSC_STORE]")
@click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON.")
def publish(version: str | None, update_url: str | None, query_url: str | None, as_json: bool) -> None:
    """Write the graph into the SPARQL engine that OPSC_STORE names.

    Only graphs that differ are written, and those that the version does not have are removed; then the triples of
    each graph are counted. What was interrupted is taken up by calling it again. Name and password of the engine
    stand in the file that OPSC_STORE_CREDENTIALS names.

    \b
    Example:
      export OPSC_STORE=http://127.0.0.1:8890/sparql
      opsc publish --to http://127.0.0.1:8890/sparql-auth
    """
    settings = from_environment(StoreSettings)
    query = query_url or settings.query_url or update_url or ""
    settings = dataclasses.replace(settings, query_url=query, update_url=update_url or settings.update_url)
    if not settings.update_url:
        raise click.UsageError("name the engine: --to with its update URL, or OPSC_STORE_UPDATE")
    contributions = Contributions(home())
    chosen = contributions.resolved(version) if version else contributions.version
    publisher = Publisher(home(), settings, credentials.read(settings.credentials_file))
    with Progress() as progress:
        outcome = publisher.publish(chosen, progress.step)
    if as_json:
        click.echo(json.dumps(dataclasses.asdict(outcome), indent=2, sort_keys=True))
        return
    click.echo(
        f"version {outcome.version[:12]} is in the store: {outcome.graphs} graphs, "
        f"{outcome.written} written with {outcome.triples} triples, {outcome.removed} removed"
    )

"""``opsc serve``: serve the current version of the graph over HTTP."""

import dataclasses
import subprocess
import sys
from pathlib import Path

import click

from endpoint.auth import token_file
from endpoint.auth.bearer import BearerTokens
from endpoint.observability.observer import Observer
from endpoint.server.server import Service
from endpoint.server.server import serve as run
from endpoint.settings import Settings
from graph.files import home
from graph.metadata import examples
from graph.remote import credentials
from graph.versions import release
from graph.versions.ledger import Ledger


@click.command()
@click.option("--host", help="Address to listen on.  [default: OPSC_HOST or 127.0.0.1]")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    help="Port to listen on; 0 for any free port.  [default: OPSC_PORT or 8000]",
)
def serve(host: str | None, port: int | None) -> None:
    """Serve the graph as a SPARQL endpoint over HTTP until stopped with Ctrl-C.

    Environment variables set the limits; see docs/settings.md. With OPSC_STORE, an external engine evaluates the
    queries, and 'opsc publish' publishes the graph to it.

    In a home without a graph, the graph is built first.

    \b
    Example:
      opsc serve --port 8080
      curl 'http://127.0.0.1:8080/sparql?query=ASK%7B%7D'
    """
    settings = _settings(host, port)
    _check_release(home())
    endpoint, store = settings.endpoint, settings.store
    tokens = BearerTokens(token_file.place(endpoint.tokens_file, home()), needed=bool(endpoint.tokens_file))
    service = Service(
        home(),
        settings,
        # A read-only engine cannot receive contributions.
        tokens if store.update_url or not store.query_url else BearerTokens(),
        Observer(settings.observability, settings.front.trusted_proxies),
        tuple(examples.load_examples()),
        credentials.read(store.credentials_file),
    )
    run(service)


def _settings(host: str | None, port: int | None) -> Settings:
    """Return the settings of the environment, with the address of the command line."""
    settings = Settings.read()
    endpoint = settings.endpoint
    endpoint = dataclasses.replace(endpoint, host=host or endpoint.host, port=endpoint.port if port is None else port)
    return dataclasses.replace(settings, endpoint=endpoint)


def _check_release(folder: Path) -> None:
    """Build the graph where no release has been built yet; raise a ``GraphError`` for a damaged release or ledger."""
    if not release.is_built(folder):
        click.echo(f"no graph in {folder} yet: building it", err=True)
        # In a process of its own, so that this one, which only watches the server, does not keep the memory.
        built = subprocess.run([sys.executable, "-m", "opsc", "build"], stdout=sys.stderr, check=False)
        if built.returncode:
            sys.exit(built.returncode)
    release.current(folder)
    Ledger(folder).verify()

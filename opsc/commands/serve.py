"""``opsc serve``: answers SPARQL over HTTP from the current release."""

import dataclasses
from pathlib import Path

import click

from endpoint.server import Service
from endpoint.server import serve as run
from endpoint.settings import EndpointSettings
from endpoint.tokens import Tokens
from graph import examples, release
from graph.home import home
from graph.remote import credentials
from graph.remote.settings import StoreSettings
from graph.settings import QueryLimits, WorkerSettings, from_environment


@click.command()
@click.option("--host", help="Address to listen on.  [default: OPSC_HOST or 127.0.0.1]")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on.  [default: OPSC_PORT or 8000]")
def serve(host: str | None, port: int | None) -> None:
    """Answer SPARQL queries over HTTP until stopped with Ctrl-C.

    Limits are set by environment variables, described in docs/settings.md. With OPSC_STORE queries are answered by an
    engine elsewhere, into which 'opsc publish' puts the graph.

    \b
    Example:
      opsc serve --port 8080
      curl 'http://127.0.0.1:8080/sparql?query=ASK%7B%7D'
    """
    endpoint = from_environment(EndpointSettings)
    endpoint = dataclasses.replace(endpoint, host=host or endpoint.host, port=port or endpoint.port)
    release.current(home())
    store = from_environment(StoreSettings)
    # A store that is only read cannot take what would be contributed.
    takes_contributions = endpoint.tokens_file and (store.update_url or not store.query_url)
    service = Service(
        home(),
        tuple(examples.examples()),
        endpoint,
        from_environment(QueryLimits),
        from_environment(WorkerSettings),
        Tokens(Path(endpoint.tokens_file)) if takes_contributions else Tokens(),
        store,
        credentials.read(store.credentials_file),
    )
    run(service)

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
from graph.settings import DownloadLimits, QueryLimits, WorkerSettings, from_environment


@click.command()
@click.option("--host", help="Address to listen on.  [default: OPSC_HOST or 127.0.0.1]")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on.  [default: OPSC_PORT or 8000]")
def serve(host: str | None, port: int | None) -> None:
    """Answer SPARQL queries over HTTP until stopped with Ctrl-C.

    Limits are set by environment variables, described in docs/settings.md.

    \b
    Example:
      opsc serve --port 8080
      curl 'http://127.0.0.1:8080/sparql?query=ASK%7B%7D'
    """
    endpoint = from_environment(EndpointSettings)
    endpoint = dataclasses.replace(endpoint, host=host or endpoint.host, port=port or endpoint.port)
    release.current(home())
    service = Service(
        home(),
        tuple(examples.examples()),
        endpoint,
        from_environment(QueryLimits),
        from_environment(WorkerSettings),
        Tokens(Path(endpoint.tokens_file)) if endpoint.tokens_file else Tokens(),
        from_environment(DownloadLimits),
    )
    run(service)

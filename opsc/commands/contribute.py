"""``opsc contribute``: submit an RDF file, which is recorded, validated with the graph, and accepted or refused."""

import getpass
import json
import os
from pathlib import Path
from typing import Any

import click
from pyoxigraph import NamedNode

from graph.contributions.contributions import Contributions, Decision
from graph.contributions.submission import Submission
from graph.files import home
from loaders.rdf import reader
from loaders.rdf.positions.lookup import positions
from loaders.tables import read_bytes
from opsc import languages
from shapes import reports
from shapes.reports import FORMATS, Language


def iri(value: str) -> NamedNode:
    """Return ``value`` as an IRI; raise ``click.BadParameter`` unless it is an absolute IRI."""
    try:
        return NamedNode(value)
    except ValueError:
        advice = "write it in full, for example https://example.org/data"
        raise click.BadParameter(f"'{value}' is not an absolute IRI; {advice}") from None


def user() -> str:
    """Return the user name, or ``uid`` and the user id if the system has no name for it."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--source", type=iri, metavar="IRI", required=True, help="IRI of the source of the data.")
@click.option("--licence", type=iri, metavar="IRI", help="IRI of the licence of the file.")
@click.option(
    "--who", "submitter", metavar="NAME", help="Name of the contributor, which is published.  [default: your user name]"
)
@click.option("--json", "as_json", is_flag=True, help="Print the decision as JSON.")
@languages.option
@click.pass_context
def contribute(  # noqa: PLR0913
    ctx: click.Context,
    *,
    file: Path,
    source: NamedNode,
    licence: NamedNode | None,
    submitter: str | None,
    as_json: bool,
    language: Language,
) -> None:
    """Submit FILE as a contribution to the graph and print the decision.

    The file is recorded and validated together with the graph. If it conforms, it is accepted as a new named graph.
    The file extension gives the format: .ttl, .trig, .nt, .nq, .rdf, .jsonld. Exit codes: 0 accepted, 1 refused with
    a validation report, 2 unusable file.

    \b
    Example:
      opsc contribute ratification.ttl --source https://example.org/gazette/12 --who 'Treaty office'
    """
    submission = Submission(
        read_bytes(file), _media_type(file), file.name, (submitter or user()).strip() or user(), source, licence
    )
    decision = Contributions(home()).submit(submission)
    if as_json:
        click.echo(json.dumps(summary(decision), indent=2, ensure_ascii=False))
    else:
        _print(decision, submission, click.format_filename(file), language)
    ctx.exit(0 if decision.accepted else 1 if decision.report else 2)


def summary(decision: Decision) -> dict[str, Any]:
    """Return a decision as JSON values."""
    return {
        "number": decision.number,
        "accepted": decision.accepted,
        "graph": decision.graph.value if decision.graph else None,
        "version": decision.version,
        "code": decision.code,
        "problem": decision.problem,
        "report": json.loads(reports.write(decision.report, "json")) if decision.report else None,
    }


def _print(decision: Decision, submission: Submission, file: str, language: Language) -> None:
    number = decision.number
    if decision.accepted and decision.graph is not None:
        click.echo(f"contribution {number} accepted: {decision.graph.value}")
        click.echo(f"version {decision.version}")
    if decision.report is not None and decision.report.results:
        places = positions(submission.data, submission.media_type, file)
        click.echo(FORMATS["text"].write(decision.report, language, places), nl=False)
    if not decision.accepted:
        reason = decision.problem or "the file does not conform to the shapes"
        click.echo(f"opsc: {reason} (recorded as contribution {number}, refused: {decision.code})", err=True)


def _media_type(file: Path) -> str:
    return reader.format_of_file(file).media_type

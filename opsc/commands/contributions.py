"""``opsc contributions``: list, show and retract contributions."""

import dataclasses
import json
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from graph.contributions.contributions import Contribution, Contributions
from graph.files import home
from graph.versions.ledger_records import LedgerEntry
from opsc.commands.contribute import summary, user
from shapes import reports
from shapes.reports.rows import visible


@click.group()
def contributions() -> None:
    """List, show or retract contributions to the graph.

    \b
    Examples:
      opsc contributions list --refused
      opsc contributions show 3
      opsc contributions retract 3
    """


@contributions.command("list")
@click.option("--who", "submitter", metavar="NAME", help="Only contributions of this contributor.")
@click.option("--accepted/--refused", default=None, help="Only accepted, or only refused contributions.")
@click.option(
    "--after", type=click.IntRange(0), default=0, metavar="N", help="Only contributions with a number greater than N."
)
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True, help="Maximum number of rows.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def listed(submitter: str | None, accepted: bool | None, after: int, limit: int, *, as_json: bool) -> None:
    """List contributions, oldest first.

    \b
    Example:
      opsc contributions list --who 'Treaty office' --json
    """
    found = Contributions(home()).entries(submitter, accepted, after, limit)
    if as_json:
        click.echo(json.dumps([_to_json(record) for record in found], indent=2, ensure_ascii=False))
        return
    table = Table("Number", "Received (UTC)", "Contributor", "Operation", "File", "Decision", box=None)
    for record in found:
        table.add_row(
            str(record.number),
            record.received[:19],
            visible(record.submitter),
            record.operation,
            visible(record.file_name),
            _state(record),
        )
    Console(highlight=False, markup=False).print(table)


@contributions.command()
@click.argument("number", type=click.IntRange(1))
@click.option("--bytes", "as_bytes", is_flag=True, help="Print only the file, byte for byte as received.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def show(number: int, *, as_bytes: bool, as_json: bool) -> None:
    """Show contribution NUMBER: contributor, source, time, decision and validation report.

    \b
    Example:
      opsc contributions show 3 --bytes > as-received.ttl
    """
    entry = Contributions(home()).contribution(number)
    if as_bytes:
        click.echo(entry.data, nl=False)
    elif as_json:
        click.echo(json.dumps(_described(entry), indent=2, ensure_ascii=False))
    else:
        _print(entry)


@contributions.command()
@click.argument("number", type=click.IntRange(1))
@click.option(
    "--who",
    "retracted_by",
    metavar="NAME",
    help="Name of the person retracting it, which is published.  [default: your user name]",
)
@click.option("--json", "as_json", is_flag=True, help="Print the decision as JSON.")
@click.pass_context
def retract(ctx: click.Context, number: int, retracted_by: str | None, *, as_json: bool) -> None:
    """Retract contribution NUMBER from the graph. This makes a new version; the record of the contribution remains.

    Exit codes: 0 retracted, 1 refused because other contributions depend on it, 2 nothing to retract.

    \b
    Example:
      opsc contributions retract 3
    """
    decision = Contributions(home()).retract(number, retracted_by or user())
    if as_json:
        click.echo(json.dumps(summary(decision), indent=2, ensure_ascii=False))
    elif decision.accepted:
        click.echo(f"contribution {number} retracted\nversion {decision.version}")
    else:
        click.echo(reports.write(decision.report, "text") if decision.report else "", nl=False)
        click.echo(visible(f"opsc: {decision.problem}"), err=True)
    ctx.exit(0 if decision.accepted else 1 if decision.report else 2)


def _state(record: LedgerEntry) -> str:
    if record.accepted is None:
        return "pending"
    if record.retracted:
        return "retracted"
    return "accepted" if record.accepted else f"refused: {record.code}"


def _to_json(entry: LedgerEntry) -> dict[str, Any]:
    """Return the fields of an entry of the ledger; ``submitter`` is the member ``who``."""
    names = (field.name for field in dataclasses.fields(LedgerEntry))
    return {"who" if name == "submitter" else name: getattr(entry, name) for name in names}


def _described(entry: Contribution) -> dict[str, Any]:
    found = {"report": entry.report, "unapplied": entry.unapplied}
    return _to_json(entry) | {
        name: json.loads(reports.write(report, "json")) if report else None for name, report in found.items()
    }


def _print(entry: Contribution) -> None:
    click.echo(f"contribution {entry.number}: {_state(entry)}")
    lines = {
        "operation": None if entry.operation == "contribution" else entry.operation,
        "graph": entry.target,
        "received": entry.received,
        "contributor": entry.submitter,
        "source": entry.source,
        "licence": entry.licence,
        "file": f"{entry.file_name} ({entry.media_type}, {entry.size} bytes)",
        "decided": entry.decided,
        "version": entry.version,
        "problem": entry.problem,
        "retracted": entry.retracted and f"{entry.retracted} by {entry.retracted_by}",
    }
    for name, value in lines.items():
        if value:
            click.echo(f"  {name}: {visible(str(value))}")
    if entry.report is not None:
        click.echo("\n" + reports.write(entry.report, "text"), nl=False)
    if entry.unapplied is not None:
        click.echo("\nThe contribution does not conform to the current release and is not applied:\n")
        click.echo(reports.write(entry.unapplied, "text"), nl=False)

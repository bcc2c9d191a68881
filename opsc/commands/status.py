"""``opsc status``: show the treaty status of a State on a given date, with the evidence."""

import dataclasses
import datetime
import json

import click
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from graph.contributions.current_graph import load_current_graph
from graph.files import home
from graph.views.status import Status, status_on

_WORDS = {"yes": "yes", "no": "no", "uncertain": "uncertain: the exact date is unknown"}


@click.command()
@click.argument("state")
@click.option(
    "--on",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Date, as YYYY-MM-DD.  [default: today]",
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def status(state: str, on: datetime.datetime | None, as_json: bool) -> None:
    """Show the treaty status of STATE under the Protocol, with the underlying actions, rules and sources.

    STATE is a name in any of the six official languages of the United Nations, or an ISO 3166-1 code.

    \b
    Example:
      opsc status Fiji --on 2021-06-30
    """
    day = on.date() if on else datetime.datetime.now(datetime.UTC).date()
    found = status_on(load_current_graph(home()), state, day)
    if as_json:
        click.echo(json.dumps(dataclasses.asdict(found), default=str, indent=2, ensure_ascii=False))
    else:
        _print(found)


def _print(found: Status) -> None:
    console = Console(highlight=False)
    console.print(Text(f"{found.name} on {found.on.isoformat()}", style="bold"))
    for interval in found.intervals:
        console.print(Text(f"  {_WORDS[interval.holds]}: {interval.sentence()}"))
        origin = f"; rests on {_contributions(interval.contributions)}" if interval.contributions else ""
        console.print(Text(f"      rule: {interval.rule} ({interval.provision}){origin}", style="dim"))
    if not found.intervals and not found.actions:
        console.print(Text("  neither a signatory nor a State Party: the graph records no action under the Protocol"))
        return
    table = Table("Action", "Date", "Agreement", "From", Column("Sources", overflow="fold"), box=None)
    for action in found.actions:
        sources = ", ".join(source.name for source in action.sources)
        agreement = action.agreement or "not compared"
        table.add_row(action.kind, action.date(), agreement, _contributions(action.contributions), sources)
    console.print(table)
    console.print(Text("Sources", style="bold"))
    for source in dict.fromkeys(source for action in found.actions for source in action.sources):
        console.print(Text(f"  {source.name}: {source.title or 'without a title'}"))


def _contributions(numbers: tuple[int, ...]) -> str:
    """Return where a fact is from, in words."""
    if not numbers:
        return "the release"
    return f"contribution{'s' if len(numbers) > 1 else ''} {', '.join(map(str, numbers))}"

"""``opsc check``: compare the releases and the ledger with their hashes."""

import sys

import click

from graph.files import home
from graph.versions.integrity import find_damage
from shapes.reports import rows


@click.command()
def check() -> None:
    """Check the releases and the ledger for damage.

    Each release is compared with the SHA-256 in its name, and each version in the ledger with its identifier; the
    ledger's file is checked whole. Exit code 0: no damage; 1: damage, one line each with the file and the remedy.

    \b
    Example:
      opsc check
    """
    folder = home()
    found = list(find_damage(folder))
    for problem in found:
        click.echo(rows.visible(problem))
    if found:
        sys.exit(1)
    click.echo(f"no damage in {folder}")

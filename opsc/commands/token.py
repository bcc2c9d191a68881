"""``opsc token``: create, list and revoke access tokens for writing over HTTP."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from endpoint.auth import token_file
from endpoint.auth.token_file import SCOPES, Token
from endpoint.settings import EndpointSettings
from graph.files import home
from graph.settings import from_environment


@click.group()
def token() -> None:
    """Create, list or revoke access tokens for writing over HTTP.

    The SHA-256 hashes of the tokens are stored in the file given by OPSC_TOKENS_FILE, by default in OPSC_HOME. Changes
    take effect at once on a running server.

    \b
    Examples:
      opsc token create treaty-office --expires 2027-12-31
      opsc token list
      opsc token revoke treaty-office
    """


@token.command()
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice(SCOPES),
    default=("contribute",),
    show_default=True,
    help="Scope of the token: contribute (/contributions), update (/update and writes to /data), retract-any (retract "
    "contributions of others). Can be repeated.",
)
@click.option(
    "--expires", type=click.DateTime(["%Y-%m-%d"]), metavar="DAY", help="Last day of validity, in UTC, as YYYY-MM-DD."
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def create(name: str, scopes: tuple[str, ...], expires: datetime | None, *, as_json: bool) -> None:
    """Create a token for NAME and print it. It is shown only once, because only its SHA-256 hash is stored.

    NAME is published in the record of every contribution made with the token.

    \b
    Example:
      opsc token create treaty-office --scope contribute --scope update --expires 2027-12-31
    """
    last = expires.date() if expires else None
    if last is not None and last < datetime.now(UTC).date():
        raise click.BadParameter(f"{last} is in the past", param_hint="--expires")
    secret, made = token_file.create(_file(), name, scopes, last)
    if as_json:
        click.echo(json.dumps({"token": secret, **_described(made)}, indent=2))
        return
    click.echo(secret)
    click.echo(
        f"token {made.id} for {name}; this token is shown only once: store it where only {name} can read it", err=True
    )


@token.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def listed(*, as_json: bool) -> None:
    """List the tokens with their names, scopes and states. The secrets are not stored and cannot be shown.

    \b
    Example:
      opsc token list --json
    """
    file = _file()
    found = token_file.read(file) if file.exists() else []
    if as_json:
        click.echo(json.dumps([_described(one) for one in found], indent=2))
        return
    table = Table("Id", "Name", "Scopes", "Created (UTC)", "Expires", "State", box=None)
    for one in found:
        row = {name: str(value or "") for name, value in _described(one).items() if name != "scopes"}
        table.add_row(
            row["id"], row["name"], ", ".join(_scopes(one)), row["created"][:10], row["expires"], row["state"]
        )
    Console(highlight=False, markup=False).print(table)


@token.command()
@click.argument("which", metavar="NAME|ID")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def revoke(which: str, *, as_json: bool) -> None:
    """Revoke all tokens of a name, or the token with an id. Contributions made with them remain.

    \b
    Example:
      opsc token revoke treaty-office
    """
    revoked = token_file.revoke(_file(), which)
    if as_json:
        click.echo(json.dumps([one.id for one in revoked], indent=2))
        return
    for one in revoked:
        click.echo(f"token {one.id} of {one.name} revoked")


def _file() -> Path:
    return token_file.place(from_environment(EndpointSettings).tokens_file, home())


def _scopes(one: Token) -> list[str]:
    return [scope for scope in SCOPES if scope in one.scopes]


def _described(one: Token) -> dict[str, Any]:
    return {
        "id": one.id,
        "name": one.name,
        "scopes": _scopes(one),
        "created": one.created.isoformat() if one.created else None,
        "expires": one.expires.isoformat() if one.expires else None,
        "revoked": one.revoked.isoformat() if one.revoked else None,
        "state": one.state(datetime.now(UTC)),
    }

"""The ``opsc`` command: runs the sub-command, and turns expected errors into one line and an exit code.

Exit codes: 0 success, 1 the data do not conform, 2 usage or input error.
"""

import atexit
import gc
import importlib
import os
import sys
from typing import Final

import click

from graph.errors import GraphError, NotConformingError
from loaders.errors import InputError
from ontology.memory import without_collection

_COMMANDS: Final = {
    "build": "Build the graph from its sources, validate it and release it.",
    "serve": "Serve the graph as a SPARQL endpoint over HTTP.",
    "publish": "Publish the graph to an external SPARQL engine.",
    "query": "Run a SPARQL query on the graph.",
    "status": "Show the treaty status of a State, with the evidence.",
    "load": "Convert status tables or RDF files to N-Quads.",
    "validate": "Validate RDF files against the shapes.",
    "contribute": "Submit an RDF file as a contribution to the graph.",
    "contributions": "List, show or retract contributions.",
    "token": "Create, list or revoke access tokens for writing over HTTP.",
    "versions": "List the versions of the graph.",
    "check": "Check the releases and the ledger for damage.",
    "export": "Export the graph or one of its named graphs.",
}


class _Commands(click.Group):
    """Imports the module of a sub-command only when it is called, so that ``--help`` and completion stay fast."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        with without_collection():
            command: click.Command = getattr(importlib.import_module(f"opsc.commands.{cmd_name}"), cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="opsc")
def cli() -> None:
    """A knowledge graph of the Optional Protocol on the sale of children (OPSC), and its SPARQL endpoint.

    All data are stored in the folder given by the environment variable OPSC_HOME (default: your user data folder).

    \b
    Example:
      opsc build
      opsc status Norway --on 2001-06-30
    """


def main() -> None:
    """Run ``opsc`` and exit with its code; an expected error prints one line on standard error and no traceback."""
    # Otherwise the interpreter searches the whole heap for cycles at exit, although the system frees it anyway.
    atexit.register(gc.freeze)
    try:
        sys.exit(cli(standalone_mode=False))
    except click.exceptions.Abort:
        _fail("interrupted", 130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except NotConformingError as error:
        sys.stderr.write(error.report_text.rstrip() + "\n")
        _fail(str(error), 1)
    except (GraphError, InputError) as error:
        _fail(str(error), 2)
    except BrokenPipeError:
        # The reader has closed the pipe; without this, flushing at exit would report it again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        _fail(f"{place}{error.strerror or error}", 2)


def _fail(message: str, code: int) -> None:
    # Control characters in a name or value must not reach the terminal. Imported only on failure, for start-up time.
    rows = importlib.import_module("shapes.reports.rows")
    sys.stderr.write(f"opsc: {rows.visible(message)}\n")
    sys.exit(code)

"""The language in which commands write reports: that of an option, else that of the locale, else English."""

import os
from typing import Final

import click

from shapes.reports import LANGUAGES, Language

_LOCALE: Final = ("LC_ALL", "LC_MESSAGES", "LANG")


def _of_locale() -> Language:
    """Return the language of the first of the locale's variables that is set, when it is one of ours, else English."""
    locale = next(filter(None, map(os.environ.get, _LOCALE)), "")
    return next((language for language in LANGUAGES if locale[:2].lower() == language), "en")


option: Final = click.option(
    "--lang",
    "language",
    type=click.Choice(LANGUAGES),
    default=_of_locale,
    help="The language of the report.  [default: that of the locale, else en]",
)
"""The option ``--lang``, which a command takes as ``language``."""

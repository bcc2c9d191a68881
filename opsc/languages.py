"""The option ``--lang``: the language of reports, by default that of the locale, else English."""

import os
from typing import Final

import click

from shapes.reports import LANGUAGES, Language

_LOCALE: Final = ("LC_ALL", "LC_MESSAGES", "LANG")


def _of_locale() -> Language:
    """Return the language of the first locale variable that is set, if reports support it; otherwise English."""
    locale = next(filter(None, map(os.environ.get, _LOCALE)), "")
    return next((language for language in LANGUAGES if locale[:2].lower() == language), "en")


option: Final = click.option(
    "--lang",
    "language",
    type=click.Choice(LANGUAGES),
    default=_of_locale,
    help="Language of the report.  [default: from the locale, else en]",
)
"""The option ``--lang``, passed to the command as ``language``."""

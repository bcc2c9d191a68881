"""The parameter ``download=spreadsheet``: results and reports as CSV files that spreadsheet programs open safely."""

from collections.abc import Sequence
from typing import Final

from flask import Response

from endpoint.http.problems import Problem
from graph.sparql import formats

PARAMETER: Final = "download"
_SPREADSHEET: Final = "spreadsheet"
_TABLES: Final = frozenset(name for one in (formats.CSV, formats.TSV) for name in (*one.names, *one.media_types))


def is_wanted(downloads: Sequence[str], named_formats: Sequence[str]) -> bool:
    """Return whether the values of the parameter ``download`` request a spreadsheet.

    Raises ``Problem`` for another value, or when the formats that are named as well are no tables.
    """
    wanted = {value.strip().lower() for value in downloads if value.strip()}
    if not wanted:
        return False
    if wanted != {_SPREADSHEET}:
        raise Problem("parameter-invalid", f"the parameter '{PARAMETER}' is '{_SPREADSHEET}', or left out")
    formats_named = {name.strip().lower() for value in named_formats for name in value.split(",") if name.strip()}
    if formats_named and not formats_named & _TABLES:
        raise Problem("parameter-invalid", "a spreadsheet is in CSV; omit 'format', or use format=csv")
    return True


def as_file(answer: Response, name: str) -> Response:
    """Return a response that browsers save under a name of ours, and never show."""
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer

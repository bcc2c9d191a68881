"""``download=spreadsheet``: tables as files that spreadsheet programs open safely."""

from collections.abc import Sequence
from typing import Final

from flask import Response

from endpoint.http.problems import RequestProblem
from endpoint.serving.snapshot import Served
from graph.pool.pool import TaskLabel
from graph.sparql import formats, spreadsheets

PARAMETER: Final = "download"
_SPREADSHEET: Final = "spreadsheet"
_TABLES: Final = frozenset(name for one in (formats.CSV, formats.TSV) for name in (*one.names, *one.media_types))
_TYPE: Final = "text/csv; charset=utf-8"
_CONVERSION: Final = TaskLabel("the spreadsheet", "ask for less, for example with LIMIT")


def is_wanted(downloads: Sequence[str], named_formats: Sequence[str]) -> bool:
    """Return whether the values of the parameter ``download`` ask for a spreadsheet.

    Raises ``RequestProblem`` for another value, or when the formats that are named as well are no tables.
    """
    wanted = {value.strip().lower() for value in downloads if value.strip()}
    if not wanted:
        return False
    if wanted != {_SPREADSHEET}:
        raise RequestProblem("parameter-invalid", f"the parameter '{PARAMETER}' is '{_SPREADSHEET}', or left out")
    formats_named = {name.strip().lower() for value in named_formats for name in value.split(",") if name.strip()}
    if formats_named and not formats_named & _TABLES:
        raise RequestProblem("parameter-invalid", "a spreadsheet is a table; leave out 'format', or write format=csv")
    return True


def made_of(response: Response, served: Served) -> Response:
    """Return a response with CSV results as a file to save, its table made by the processes of what is ``served``."""
    with served.used() as serving:
        pool = serving.pool
        arguments = (response.get_data(), pool.limits.result_bytes)
        table: bytes = pool.call(spreadsheets.of_results, arguments, pool.settings.deadline, _CONVERSION)
    response.set_data(table)
    response.content_type = _TYPE
    return as_file(response, "results.csv")


def as_file(answer: Response, name: str) -> Response:
    """Return a response that browsers save under a name of ours, and never show."""
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer

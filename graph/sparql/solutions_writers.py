"""Writers of SPARQL results: the solutions of a SELECT query, or the boolean of an ASK query."""

import itertools
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final, TypeVar

from pyoxigraph import BlankNode, Literal, NamedNode, QueryBoolean, QueryResultsFormat, QuerySolutions, Triple

from graph.settings import QueryLimits
from graph.sparql import limits as result_limits
from graph.sparql.limits import LimitedBuffer, LimitedRowsBuffer, RowMarker
from ontology import spreadsheet

SolutionsWriter = Callable[[QuerySolutions | QueryBoolean, QueryLimits], bytes]
"""Returns a result in one format; raises ``ResultTooLarge`` beyond the limits."""

_Term = NamedNode | BlankNode | Literal | Triple | None
_Row = TypeVar("_Row")

_QUOTED: Final = re.compile('[",\r\n]')
_ROWS_PER_BATCH: Final = 1000


def engine_writer(results_format: QueryResultsFormat, rows: RowMarker) -> SolutionsWriter:
    """Return the engine's own writer of a format, in which ``rows`` counts the solutions."""

    def write(results: QuerySolutions | QueryBoolean, limits: QueryLimits) -> bytes:
        is_boolean = isinstance(results, QueryBoolean)
        buffer = LimitedBuffer(limits.result_bytes) if is_boolean else LimitedRowsBuffer(rows, limits)
        results.serialize(buffer, results_format)
        return buffer.getvalue()

    return write


def write_csv(results: QuerySolutions | QueryBoolean, limits: QueryLimits) -> bytes:
    """Return a result as CSV (https://www.w3.org/TR/sparql11-results-csv-tsv/#csv).

    The engine's own writer does not quote IRIs: one with a comma would become two fields.
    """
    buffer = LimitedBuffer(limits.result_bytes)
    if isinstance(results, QueryBoolean):
        results.serialize(buffer, QueryResultsFormat.CSV)
        return buffer.getvalue()
    lines = (",".join(map(_csv_field, row)) for row in _rows(results, limits.result_rows))
    for batch in _batches(lines):
        buffer.write(("\r\n".join(batch) + "\r\n").encode())
    return buffer.getvalue()


def write_spreadsheet(results: QuerySolutions | QueryBoolean, limits: QueryLimits) -> bytes:
    """Return a result as CSV that spreadsheet programs open in UTF-8 and in which no cell is a formula."""
    buffer = LimitedBuffer(limits.result_bytes)
    buffer.write(spreadsheet.BYTE_ORDER_MARK)
    table: Iterable[list[str]] = (
        [["true" if results else "false"]] if isinstance(results, QueryBoolean) else _rows(results, limits.result_rows)
    )
    for batch in _batches(row or [""] for row in table):
        buffer.write(spreadsheet.rows(batch))
    return buffer.getvalue()


def _rows(solutions: QuerySolutions, max_rows: int) -> Iterator[list[str]]:
    """Yield the names of the variables, and the text of each solution; raise ``ResultTooLarge`` for one too many."""
    yield [variable.value for variable in solutions.variables]
    for solution in itertools.islice(solutions, max_rows):
        yield [_text(term) for term in solution]
    if next(solutions, None) is not None:
        raise result_limits.too_many_rows(max_rows)


def _batches(rows: Iterable[_Row]) -> Iterator[list[_Row]]:
    iterator = iter(rows)
    while batch := list(itertools.islice(iterator, _ROWS_PER_BATCH)):
        yield batch


def _csv_field(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if _QUOTED.search(text) else text


def _text(term: _Term) -> str:
    if isinstance(term, NamedNode | Literal):
        return term.value
    if isinstance(term, Triple):
        return " ".join(map(_text, term))
    return "" if term is None else str(term)

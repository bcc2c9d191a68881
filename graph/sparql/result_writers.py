"""Writers of SPARQL results, and the limits on the size of a result.

A result beyond a limit is an error, raised while the result is serialized; it is never cut.
"""

import io
import itertools
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final, TypeVar

from pyoxigraph import BlankNode, Literal, NamedNode, QueryBoolean, QueryResultsFormat, QuerySolutions, Triple

from graph.settings import QueryLimits
from graph.sparql.errors import NotAcceptable, ResultTooLarge
from ontology import spreadsheet
from ontology.xml_characters import escape_carriage_returns, is_xml_document

SolutionsWriter = Callable[[QuerySolutions | QueryBoolean, QueryLimits], bytes]
"""Returns a result in one format; raises ``ResultTooLarge`` beyond the limits."""

_Term = NamedNode | BlankNode | Literal | Triple | None
_Row = TypeVar("_Row")

_QUOTED: Final = re.compile('[",\r\n]')
_ROWS_PER_BATCH: Final = 1000


@dataclass(frozen=True)
class RowMarker:
    """The bytes by which the solutions in a serialized result are counted.

    ``mark`` appears once for each solution, and ``surplus`` times more in the whole result. Where ``mark`` may also
    appear inside of strings, ``strings`` matches these.
    """

    mark: bytes
    surplus: int = 0
    strings: "re.Pattern[bytes] | None" = None


# The last row of a JSON result has no separator after it, and the header of a TSV result is a line of its own.
JSON_ROWS: Final = RowMarker(b"},{", -1, re.compile(rb'"(?:[^"\\]|\\.)*+"?'))
XML_ROWS: Final = RowMarker(b"<result>")
TSV_ROWS: Final = RowMarker(b"\n", 1)


class LimitedBuffer(io.BytesIO):
    """A buffer that holds at most a given number of bytes."""

    def __init__(self, max_bytes: int) -> None:
        super().__init__()
        self._max_bytes = max_bytes

    def write(self, data: "bytes | bytearray | memoryview", /) -> int:  # type: ignore[override]
        """Append ``data``; raise ``ResultTooLarge`` when it does not fit."""
        if self.tell() + len(data) > self._max_bytes:
            raise too_large(self._max_bytes)
        return super().write(data)


class LimitedRowsBuffer(LimitedBuffer):
    """A buffer for the solutions of a SELECT query, in a format whose rows have a :class:`RowMarker`."""

    def __init__(self, marker: RowMarker, limits: QueryLimits) -> None:
        super().__init__(limits.result_bytes)
        self._marker = marker
        self._max_rows = limits.result_rows
        self._max_marks = limits.result_rows + marker.surplus
        self._marks = self._marks_in_strings = 0
        self._tail = b""

    def write(self, data: "bytes | bytearray | memoryview", /) -> int:  # type: ignore[override]
        """Append ``data``; raise ``ResultTooLarge`` when it does not fit, or holds one row too many."""
        length = super().write(data)
        mark = self._marker.mark
        chunk = self._tail + bytes(data)
        self._marks += chunk.count(mark)
        self._tail = chunk[len(chunk) - len(mark) + 1 :]
        if self._marks - self._marks_in_strings > self._max_marks:
            self._count_exactly()
        return length

    def _count_exactly(self) -> None:
        """Count again without the marks in strings, and subtract these from here on."""
        rows = self._marks
        if self._marker.strings is not None:
            rows = self._marker.strings.sub(b'""', self.getvalue()).count(self._marker.mark)
        if rows > self._max_marks:
            raise too_many_rows(self._max_rows)
        self._marks_in_strings = self._marks - rows


def limit_triples(triples: Iterable[Triple], max_triples: int) -> Iterator[Triple]:
    """Yield ``triples``; raise ``ResultTooLarge`` at the first one beyond ``max_triples``."""
    remaining = iter(triples)
    yield from itertools.islice(remaining, max_triples)
    if next(remaining, None) is not None:
        raise too_many_rows(max_triples)


def too_large(max_bytes: int) -> ResultTooLarge:
    """Return the error for a result with more than ``max_bytes`` bytes."""
    return ResultTooLarge(
        f"the result has more than {max_bytes} bytes; narrow the query, or page with LIMIT and OFFSET"
    )


def too_many_rows(max_rows: int) -> ResultTooLarge:
    """Return the error for a result with more than ``max_rows`` rows or triples."""
    return ResultTooLarge(
        f"the result has more than {max_rows} rows; narrow the query, page with LIMIT and OFFSET, or count the rows"
    )


def engine_writer(results_format: QueryResultsFormat, rows: RowMarker) -> SolutionsWriter:
    """Return the engine's own writer of a format, in which ``rows`` counts the solutions."""

    def write(results: QuerySolutions | QueryBoolean, limits: QueryLimits) -> bytes:
        is_boolean = isinstance(results, QueryBoolean)
        buffer = LimitedBuffer(limits.result_bytes) if is_boolean else LimitedRowsBuffer(rows, limits)
        results.serialize(buffer, results_format)
        return buffer.getvalue()

    return write


_ENGINE_XML: Final = engine_writer(QueryResultsFormat.XML, XML_ROWS)


def write_xml(results: QuerySolutions | QueryBoolean, limits: QueryLimits) -> bytes:
    """Return a result as XML (https://www.w3.org/TR/rdf-sparql-XMLres/).

    Raises ``NotAcceptable`` for a term with a character that XML cannot hold, which the engine would write as it is.
    """
    document = _ENGINE_XML(results, limits)
    if not is_xml_document(document):
        raise NotAcceptable(
            "a result contains a character that XML cannot represent; request another format, such as JSON"
        )
    document = escape_carriage_returns(document)
    if len(document) > limits.result_bytes:
        raise too_large(limits.result_bytes)
    return document


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
        raise too_many_rows(max_rows)


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

"""Limits on the size of a result: exceeding one is an error, raised while the result is serialized, never a cut."""

import io
import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from pyoxigraph import Triple

from graph.settings import QueryLimits
from graph.sparql.errors import ResultTooLarge


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
            raise ResultTooLarge(
                f"the result has more than {self._max_bytes} bytes; narrow the query, or page with LIMIT and OFFSET"
            )
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


def too_many_rows(max_rows: int) -> ResultTooLarge:
    """Return the error for a result with more than ``max_rows`` rows or triples."""
    return ResultTooLarge(
        f"the result has more than {max_rows} rows; narrow the query, page with LIMIT and OFFSET, or count the rows"
    )

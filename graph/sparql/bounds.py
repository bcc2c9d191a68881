"""Buffers that end the writing of an answer as soon as it has too many bytes or rows: nothing is cut, or piles up."""

import io
import re
from typing import Final

from graph.settings import QueryLimits
from graph.sparql import formats
from graph.sparql.errors import ResultTooLarge
from graph.sparql.formats import Format

# What stands once for each row, and the strings in which it may stand as well; none where these escape it.
_ROW_SIGNS: Final[dict[Format, tuple[bytes, "re.Pattern[bytes] | None"]]] = {
    formats.JSON: (b"},{", re.compile(rb'"(?:[^"\\]|\\.)*+"?')),
    formats.XML: (b"<result>", None),
    formats.TSV: (b"\n", None),
}


def too_many_rows(most: int) -> ResultTooLarge:
    """Return the error for an answer with more than ``most`` rows or triples."""
    return ResultTooLarge(
        f"the answer has more than {most} rows; ask for less, for example with LIMIT and OFFSET, or count them"
    )


class Bounded(io.BytesIO):
    """A buffer that takes no more than a number of bytes."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def write(self, data: "bytes | bytearray | memoryview", /) -> int:  # type: ignore[override]
        """Take ``data``; raise ``ResultTooLarge`` when it does not fit."""
        if self.tell() + len(data) > self._most:
            raise ResultTooLarge(
                f"the answer has more than {self._most} bytes; ask for less, for example with LIMIT and OFFSET"
            )
        return super().write(data)


class BoundedRows(Bounded):
    """A buffer for the rows of a SELECT query, as the engine writes them in JSON, XML or TSV."""

    def __init__(self, written_as: Format, limits: QueryLimits) -> None:
        super().__init__(limits.result_bytes)
        self._sign, self._strings = _ROW_SIGNS[written_as]
        self._rows = limits.result_rows
        # Signs that stand for no row: in TSV one ends the header, in JSON none follows the last row.
        self._most_signs = limits.result_rows + {formats.JSON: -1, formats.XML: 0}.get(written_as, 1)
        self._signs = self._false_signs = 0
        self._tail = b""

    def write(self, data: "bytes | bytearray | memoryview", /) -> int:  # type: ignore[override]
        """Take ``data``; raise ``ResultTooLarge`` when it does not fit, or has one row too many."""
        taken = super().write(data)
        chunk = self._tail + bytes(data)
        self._signs += chunk.count(self._sign)
        self._tail = chunk[len(chunk) - len(self._sign) + 1 :]
        if self._signs - self._false_signs > self._most_signs:
            self._check()
        return taken

    def _check(self) -> None:
        """Count exactly: signs within strings are none, and are left out of account from here on."""
        exact = self._signs
        if self._strings is not None:
            exact = self._strings.sub(b'""', self.getvalue()).count(self._sign)
        if exact > self._most_signs:
            raise too_many_rows(self._rows)
        self._false_signs = self._signs - exact

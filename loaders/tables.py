"""CSV tables (RFC 4180) in UTF-8; every error names file and line."""

import csv
import io
import os
import stat
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from loaders.errors import InputError


class Row(dict[str, str]):
    """A row of a table: text without surrounding white space by column heading.

    ``line`` is the physical line (1-based) in ``file`` on which the row begins, even after fields that span lines.
    """

    def __init__(self, file: str, line: int, cells: dict[str, str]) -> None:
        super().__init__(cells)
        self.file = file
        self.line = line

    def error(self, column: str, reason: str) -> InputError:
        """Return the error to raise for the cell in ``column``, with the row's file and line."""
        return InputError(self.file, self.line, None, f"column '{column}', value '{self.get(column, '')}': {reason}")


def rows(path: Path, required: Sequence[str]) -> list[Row]:
    """Read the table at ``path``: a heading row, then a row for each record; empty lines are skipped.

    A byte order mark is tolerated, and columns other than ``required`` are read too. Raises :class:`InputError` for a
    file that cannot be opened, is empty, is not UTF-8 or not CSV, that lacks a required column, has a column twice or
    without a heading, or has a row with more or fewer cells than the headings.
    """
    file = str(path)
    records = _records(file, decode(file, read_bytes(path)))
    _, headings = next(records)
    headings = [heading.strip() for heading in headings]
    _check_headings(file, headings, required)
    return [_row(file, line, headings, cells) for line, cells in records]


def decode(file: str, data: bytes) -> str:
    """Decode ``data``, the bytes of ``file``, as UTF-8 without its byte order mark.

    Raises :class:`InputError` with the line and the byte offset of the first byte that is not UTF-8.
    """
    try:
        return data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        offset = error.start
        reason = f"byte 0x{error.object[offset]:02x} at offset {offset} is not UTF-8; save the file in UTF-8"
        raise InputError(file, line, None, reason, "wrong-encoding") from error


def read_bytes(path: Path) -> bytes:
    """Return the content of the file at ``path``; raises :class:`InputError` when it cannot be read.

    A device, such as ``/dev/zero``, is refused, for it may have no end; a terminal and a pipe have one.
    """
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            if (stat.S_ISCHR(mode) or stat.S_ISBLK(mode)) and not file.isatty():
                raise InputError(str(path), None, None, "is a device; give a file or a pipe")
            return file.read()
    except OSError as error:
        raise InputError(str(path), None, None, f"cannot be read: {error.strerror}") from error


def _records(file: str, text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the line on which each record begins and its cells; the first record is the heading row."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    begins, seen = 1, False
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                seen = True
                yield begins, cells
            begins = reader.line_num + 1
    except csv.Error as error:
        raise InputError(file, begins, None, f"is not valid CSV: {error}") from error
    if not seen:
        raise InputError(file, None, None, "is empty; a table must begin with a row of column headings")


def _check_headings(file: str, headings: Sequence[str], required: Sequence[str]) -> None:
    missing = [f"'{column}'" for column in required if column not in headings]
    if missing:
        present = ", ".join(f"'{heading}'" for heading in headings)
        raise InputError(file, 1, None, f"has no column {', '.join(missing)}; its columns are {present}")
    if "" in headings:
        raise InputError(file, 1, None, f"column {headings.index('') + 1} has no heading; name it or remove it")
    repeated = [heading for heading, times in Counter(headings).items() if times > 1]
    if repeated:
        raise InputError(file, 1, None, f"has the column '{repeated[0]}' twice; give each column its own heading")


def _row(file: str, line: int, headings: Sequence[str], cells: Sequence[str]) -> Row:
    if len(cells) != len(headings):
        reason = f"has {len(cells)} cells, but the heading row has {len(headings)}; quote text that contains commas"
        raise InputError(file, line, None, reason)
    return Row(file, line, {heading: cell.strip() for heading, cell in zip(headings, cells, strict=True)})

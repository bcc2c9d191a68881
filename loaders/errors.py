"""Errors of loaders: a file that cannot be read, and a cell of a table that cannot be interpreted."""

from dataclasses import dataclass
from typing import Final

_LONGEST_QUOTE: Final = 120


class InputError(Exception):
    """A file that cannot be used.

    ``line`` and ``column`` are 1-based and count characters; ``None`` where the error has no position in the file.
    ``str()`` gives one line for the user, ``file:line:column: reason``. ``code`` is a stable identifier of the kind of
    error.
    """

    def __init__(self, file: str, line: int | None, column: int | None, reason: str, code: str = "malformed") -> None:
        super().__init__(file, line, column, reason, code)
        self.file = file
        self.line = line
        self.column = column
        self.reason = reason
        self.code = code

    def __str__(self) -> str:
        place = [str(part) for part in (self.file, self.line, self.column) if part is not None]
        return f"{':'.join(place)}: {' '.join(self.reason.split())}"


@dataclass(frozen=True)
class Rejection:
    """A cell that cannot be interpreted.

    ``row`` is the physical line (1-based) on which its row begins, ``column`` the heading of its column. ``str()``
    gives one line, with long headings and values truncated.
    """

    file: str
    row: int
    column: str
    value: str
    reason: str

    def __str__(self) -> str:
        return f"{self.file}:{self.row}: column '{_brief(self.column)}', value '{_brief(self.value)}': {self.reason}"


def _brief(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_QUOTE else f"{line[: _LONGEST_QUOTE - 3]}..."

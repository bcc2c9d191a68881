"""Line numbers of offsets in a text, and offsets of lines."""

from bisect import bisect_right
from itertools import accumulate
from typing import Final

_BLOCK: Final = 4096


class Lines:
    """Finds lines by their number in blocks of text, without a list of all lines.

    Lines end with LF, CR LF or CR; offsets count characters.
    """

    def __init__(self, text: str) -> None:
        # Same offsets, but only LF ends a line.
        self._text: Final = text.replace("\r\n", " \n").replace("\r", "\n") if "\r" in text else text
        blocks = (self._text.count("\n", block, block + _BLOCK) for block in range(0, len(text), _BLOCK))
        self._before: Final = list(accumulate(blocks, initial=0))

    @property
    def count(self) -> int:
        """The number of lines, without an empty one after the last line end."""
        return self._before[-1] + (self._text != "" and not self._text.endswith("\n"))

    def place(self, offset: int) -> tuple[int, int]:
        """Return line and column of an offset, both 1-based."""
        block = offset // _BLOCK
        line = self._before[block] + self._text.count("\n", block * _BLOCK, offset) + 1
        return line, offset - self._text.rfind("\n", 0, offset)

    def span(self, line: int) -> tuple[int, int]:
        """Return the offsets at which a line, 1-based, begins and ends; its line end is not part of it."""
        start = self._end(line - 1) + 1 if line > 1 else 0
        end = self._text.find("\n", start)
        return start, len(self._text) if end < 0 else end

    def _end(self, line: int) -> int:
        """Return the offset of the end of a line."""
        block = bisect_right(self._before, line - 1) - 1
        offset = block * _BLOCK - 1
        for _ in range(line - self._before[block]):
            offset = self._text.index("\n", offset + 1)
        return offset

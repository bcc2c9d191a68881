"""Positions of results in the validated files, as reports need them."""

from collections.abc import Sequence
from typing import Final, Protocol

from shapes.report import Result


class Position(Protocol):
    """A range in a file: 1-based lines and columns, counted in characters; the end is exclusive."""

    @property
    def file(self) -> str:
        """The name of the file, as the user gave it."""

    @property
    def line(self) -> int:
        """The first line."""

    @property
    def column(self) -> int:
        """The first column."""

    @property
    def end_line(self) -> int:
        """The last line."""

    @property
    def end_column(self) -> int:
        """The column after the last one, on the last line."""


class Positions(Protocol):
    """The positions of triples in files; ``loaders.rdf.positions.lookup`` finds them."""

    @property
    def files(self) -> Sequence[str]:
        """The names of all validated files, including those without positions."""

    def of(self, result: Result, /) -> Position | None:
        """Return the position of the triple that a result is about, or of the focus node that lacks one."""


class _NoPositions:
    files: Sequence[str] = ()

    def of(self, result: Result, /) -> None:  # noqa: ARG002
        return None


NO_POSITIONS: Final[Positions] = _NoPositions()
"""The positions of data that were not read from a file."""

"""What reports ask about the files that were validated: where a result stands in them."""

from collections.abc import Sequence
from typing import Final, Protocol

from shapes.report import Result


class Place(Protocol):
    """A place in a file: 1-based lines and columns that count characters; the end is the column after the last."""

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
        """The column after the last one, in the last line."""


class Positions(Protocol):
    """The places of what some files say; ``loaders.rdf.positions.lookup`` finds them."""

    @property
    def files(self) -> Sequence[str]:
        """The names of the files that were validated, also of those without places."""

    def of(self, result: Result, /) -> Place | None:
        """Return where a result stands: at the offending triple, or at the thing that lacks one."""


class _Nowhere:
    files: Sequence[str] = ()

    def of(self, result: Result, /) -> None:  # noqa: ARG002
        return None


NOWHERE: Final[Positions] = _Nowhere()
"""No positions at all: for data that came from no file."""

"""Words in cells: prose that must not be empty, and the answer ``yes``."""

from pyoxigraph import Literal

from loaders.curated.cells import english
from loaders.tables import Row


def prose(row: Row, column: str) -> Literal:
    """Return the cell as an English literal; an empty one raises ``InputError``."""
    if not row[column]:
        raise row.error(column, "is empty; write it in your own words")
    return english(row[column])


def affirmed(row: Row, column: str) -> bool:
    """Return whether the cell says ``yes``; anything but ``yes`` or nothing raises ``InputError``."""
    if row[column] not in ("", "yes"):
        raise row.error(column, "is neither empty nor yes")
    return row[column] == "yes"

"""The sources, participants and territories that rows may refer to, by id or key.

A reference to anything else raises ``InputError`` with file and line, so that a misspelt key creates no resource.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pyoxigraph import NamedNode

from loaders.curated import sources
from loaders.curated.cells import cell_values
from loaders.curated.participation import participants
from loaders.tables import Row


@dataclass(frozen=True)
class Register:
    """Sources by id, with what each gives for a deposit, and the IRIs of participants and territories by key."""

    values_given: Mapping[str, str]
    participants: Mapping[str, NamedNode]

    @classmethod
    def read(cls, folder: Path) -> "Register":
        """Read the tables of sources and participants in ``folder``; raises ``InputError`` when one cannot be used."""
        return cls(sources.values_given(folder), participants.iris_by_key(folder))

    def sources(self, row: Row, column: str) -> tuple[str, ...]:
        """Return the ids of the sources that a cell lists."""
        cited = tuple(cell_values(row, column))
        for source_id in cited:
            if source_id not in self.values_given:
                reason = f"the source '{source_id}' is not in {sources.TABLES[0]}; add it there or correct the id"
                raise row.error(column, reason)
        return cited

    def participant(self, row: Row, column: str) -> NamedNode:
        """Return the IRI of the participant or territory whose key stands in the cell."""
        node = self.participants.get(row[column])
        if node is None:
            raise row.error(
                column, f"is not a key of {participants.TABLES[0]}; add the participant there or correct the key"
            )
        return node

"""The changelog of the graph: its versions, newest first, each with the submission that made it."""

import functools
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from graph.versions.ledger import Ledger
from graph.versions.ledger_records import LedgerEntry
from graph.versions.version import Version, list_versions
from ontology.iris import dataset_part

PROJECT: Final = "The OPSC graph contributors"
_SHOWN: Final = 12
_NAMES: Final = {
    "contribution": "Contribution {}",
    "update": "Update {}",
    "put": "Replacement {} of a graph",
    "post": "Addition {} to a graph",
    "delete": "Deletion {} of a graph",
}


@dataclass(frozen=True)
class ChangelogEntry:
    """A version, and the submission that made it, unless it is a release.

    ``iri`` identifies the entry permanently: a version that becomes current again, such as an earlier release, gets
    another entry.
    """

    version: Version
    iri: str
    record: LedgerEntry | None

    @property
    def author(self) -> str:
        """The contributor, or the project for a release."""
        if self.record is None:
            return PROJECT
        retracting = self.version.kind == "retraction" and self.record.retracted_by
        return retracting or self.record.submitter

    @property
    def title(self) -> str:
        """A title, such as ``Contribution 3 by Treaty office: 12 quads added``."""
        one = self.version
        if self.record is None:
            return f"Release {one.id[:_SHOWN]}: {_quads(one.added)}"
        name = _NAMES[self.record.operation].format(self.record.number)
        if one.kind == "retraction":
            return f"Retraction of {name[0].lower()}{name[1:]} by {self.author}: {_changed(one)}"
        again = " on a new release" if one.kind == "replay" else ""
        return f"{name} by {self.author}{again}: {_changed(one)}"


@dataclass(frozen=True)
class ChangelogPage:
    """A page of entries, newest first: its number from 1, and that of the last page."""

    entries: tuple[ChangelogEntry, ...]
    number: int
    last: int


def read_page(home: Path, number: int, size: int) -> ChangelogPage | None:
    """Return the page ``number`` of the changelog of ``home``; ``None`` when there is no such page."""
    ledger = Ledger(home)
    numbered = _numbered_versions(home, ledger)
    last = max(1, -(-len(numbered) // size))
    if not 1 <= number <= last:
        return None
    shown = numbered[(number - 1) * size : number * size]
    return ChangelogPage(tuple(ChangelogEntry(one, iri, _record(ledger, one)) for one, iri in shown), number, last)


def newest_versions(home: Path, most: int) -> list[Version]:
    """Return the newest versions, the newest first, each once and ``most`` at most."""
    found: dict[str, Version] = {}
    for one, _ in _numbered_versions(home, Ledger(home)):
        found.setdefault(one.id, one)
    return list(found.values())[:most]


def find_entry(home: Path, version: str) -> ChangelogEntry | None:
    """Return the newest entry of ``version``; ``None`` for an unknown version."""
    ledger = Ledger(home)
    numbered = _numbered_versions(home, ledger)
    return next((ChangelogEntry(one, iri, _record(ledger, one)) for one, iri in numbered if one.id == version), None)


def _numbered_versions(home: Path, ledger: Ledger) -> tuple[tuple[Version, str], ...]:
    """Return the versions, newest first, with the IRI of each entry."""
    ((position,),) = ledger.select("SELECT max(position) FROM version") or [(None,)]
    return _read_versions(home, position, (home / "releases").stat().st_mtime_ns)


@functools.lru_cache(maxsize=2)
def _read_versions(home: Path, _position: int | None, _released: int) -> tuple[tuple[Version, str], ...]:
    """Read the versions: once, as long as neither the ledger nor the folder of the releases changes."""
    return tuple(_with_entry_iris(list_versions(home, Ledger(home))))


def _with_entry_iris(oldest_first: list[Version]) -> list[tuple[Version, str]]:
    seen: Counter[str] = Counter()
    numbered: list[tuple[Version, str]] = []
    for one in oldest_first:
        seen[one.id] += 1
        again = f"#{seen[one.id]}" if seen[one.id] > 1 else ""
        numbered.append((one, dataset_part(one.id).value + again))
    return numbered[::-1]


def _record(ledger: Ledger, one: Version) -> LedgerEntry | None:
    return ledger.entry(one.number) if one.number is not None else None


def _quads(count: int) -> str:
    return f"{count} quad" if count == 1 else f"{count} quads"


def _changed(one: Version) -> str:
    if one.added and one.removed:
        return f"{_quads(one.added)} added, {one.removed} removed"
    if one.removed:
        return f"{_quads(one.removed)} removed"
    return f"{_quads(one.added)} added" if one.added else "no quads changed"

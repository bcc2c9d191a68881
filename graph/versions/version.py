"""Versions: a release, and after it one version for each contribution or retraction.

The identifier of a release is the SHA-256 of its N-Quads. That of each later version is the SHA-256 of its parent's
identifier and the sorted quads added and removed, so it identifies one content and one history.
"""

import functools
import hashlib
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from pyoxigraph import Quad

from graph.errors import UnknownVersionError
from graph.versions import release
from graph.versions.ledger import Ledger
from graph.versions.ledger_records import VersionRecord
from graph.versions.release import Release

_SHORTEST: Final = 6


@dataclass(frozen=True)
class Version:
    """A version and its origin.

    ``kind`` is ``release``, ``contribution`` (any accepted submission, updates included), ``replay`` (an accepted
    submission applied to a later release) or ``retraction``; ``number`` is the submission's. ``added`` and ``removed``
    count quads; a release adds all of its quads. ``when`` is the time of its making, in UTC as ``xsd:dateTime``.
    """

    id: str
    parent: str | None
    number: int | None
    when: str
    kind: str
    added: int
    removed: int


def utc_now() -> str:
    """Return the current time in UTC, as ``xsd:dateTime``."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def version_record(
    parent: str, base: str, kind: str, number: int, added: Collection[Quad], removed: Collection[Quad]
) -> VersionRecord:
    """Return the record of the version that follows ``parent``; ``base`` is its release."""
    plus, minus = release.sorted_nquads(added), release.sorted_nquads(removed)
    id_ = _version_id(parent, plus, minus)
    return VersionRecord(id_, parent, base, kind, number, utc_now(), plus, minus, plus.count(b"\n"), minus.count(b"\n"))


def verify_change(ledger: Ledger, change: VersionRecord) -> None:
    """Raise ``LedgerError`` when the quads of a version are not those that its identifier was made from."""
    if change.kind != "release" and change.id != _version_id(change.parent or "", change.added, change.removed):
        raise ledger.damaged(f"the quads of version {change.id[:12]} do not have the SHA-256 that identifies it")


def _version_id(parent: str, added: bytes, removed: bytes) -> str:
    digest = hashlib.sha256(f"{parent}\n".encode())
    for sign, lines in ((b"+", added), (b"-", removed)):
        for line in lines.splitlines(keepends=True):
            digest.update(sign + line)
    return digest.hexdigest()


def release_record(found: Release, parent: str | None) -> VersionRecord:
    """Return the record of a release as a version; ``parent`` is the current version before it."""
    return VersionRecord(
        found.version, parent, found.version, "release", None, utc_now(), added_count=_count_lines(found.quads_file)
    )


def version_nquads(home: Path, ledger: Ledger, version: str) -> bytes:
    """Return the sorted N-Quads of a version.

    Raises ``UnknownVersionError`` when there is no such version, ``ReleaseError`` when its release is damaged, and
    ``LedgerError`` when its quads in the ledger are.
    """
    lineage = ledger.lineage(version)
    base = lineage[0].id if lineage else version
    found = _find_release(home, base)
    release.verify(found)
    for change in lineage:
        verify_change(ledger, change)
    released = found.quads_file.read_bytes()
    if len(lineage) < 2:  # noqa: PLR2004 - the release alone
        return released
    lines = set(released.splitlines(keepends=True))
    for record in lineage[1:]:
        lines.difference_update(record.removed.splitlines(keepends=True))
        lines.update(record.added.splitlines(keepends=True))
    return b"".join(sorted(lines))


def list_versions(home: Path, ledger: Ledger) -> list[Version]:
    """Return all versions that can be rebuilt, oldest first; releases without an entry in the ledger come first."""
    recorded = ledger.versions()
    recorded_releases = {record.id for record in recorded if record.kind == "release"}
    unrecorded = [
        Version(found.version, None, None, _build_time(found), "release", _count_lines(found.quads_file), 0)
        for found in list_releases(home)
        if found.version not in recorded_releases
    ]
    return [*sorted(unrecorded, key=lambda one: one.when), *(_from_record(one) for one in recorded)]


def version_time(home: Path, ledger: Ledger, version: str) -> datetime:
    """Return when the current ``version`` became current; raise ``ReleaseError`` when nothing has been built."""
    made = next((one.made for one in reversed(ledger.versions()) if one.id == version), None)
    return datetime.fromisoformat(made) if made else release.current_release_time(home)


def version_timeline(home: Path, ledger: Ledger) -> list[Version]:
    """Return all versions that can be rebuilt, in the order in which they were served, each with its first time.

    The first release in the ledger was served from its build on, which is earlier than its record. Without a ledger, a
    release that became current again has a second entry with that time. Quads are not counted for releases without an
    entry in the ledger.
    """
    built = {found.version: _build_time(found) for found in list_releases(home)}
    recorded = [_from_record(one) for one in ledger.versions()]
    begun = {one.id for one in recorded if one.kind == "release"}
    found = [Version(id_, None, None, when, "release", 0, 0) for id_, when in built.items() if id_ not in begun]
    found += [
        replace(one, when=min(one.when, built.get(one.id, one.when))) if one.parent is None else one for one in recorded
    ]
    found.sort(key=lambda one: one.when)
    current = release.current(home).version
    last = next((one for one in reversed(found) if one.kind == "release"), None)
    if last is not None and last.id != current and ledger.head() is None:
        again = _modification_time(home / "releases" / release.CURRENT)
        found += [replace(one, when=again) for one in found if one.id == current][:1]
    return found


def release_file(home: Path, version: str) -> Path | None:
    """Return the N-Quads of the release ``version``, or ``None`` when there is no such release."""
    return next((one.quads_file for one in list_releases(home) if one.version == version), None)


def resolve_version(home: Path, ledger: Ledger, prefix: str) -> str:
    """Return the only version that begins with ``prefix``; raise ``UnknownVersionError`` for none or several."""
    found = sorted({one.id for one in list_versions(home, ledger) if one.id.startswith(prefix.lower())})
    if len(found) == 1 and len(prefix) >= _SHORTEST:
        return found[0]
    if found:
        raise UnknownVersionError(f"'{prefix}' matches {len(found)} versions; give more of its characters")
    raise UnknownVersionError(f"there is no version '{prefix}'; see 'opsc versions'")


def _find_release(home: Path, version: str) -> Release:
    # A folder without its N-Quads is a damaged release, not an unknown one: who opens it is told so.
    folder = next((path for path in (home / "releases").glob("[0-9a-f]*") if path.name == version), None)
    if folder is None:
        raise UnknownVersionError(f"there is no version '{version}' in {home}; see 'opsc versions'")
    return Release(folder)


def list_releases(home: Path) -> list[Release]:
    """Return the releases in ``home``, in the order of their identifiers."""
    return [Release(path.parent) for path in sorted((home / "releases").glob(f"[0-9a-f]*/{release.QUADS}"))]


@functools.lru_cache(maxsize=4096)
def _count_lines(quads_file: Path) -> int:
    # The cache is valid: the name of the folder is a digest of the file.
    return quads_file.read_bytes().count(b"\n")


def _build_time(found: Release) -> str:
    return _modification_time(found.quads_file)


def _modification_time(path: Path) -> str:
    when = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return when.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _from_record(record: VersionRecord) -> Version:
    return Version(
        record.id,
        record.parent,
        record.number,
        record.made,
        record.kind,
        record.added_count,
        record.removed_count,
    )

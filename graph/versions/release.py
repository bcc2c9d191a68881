"""Releases: immutable folders below ``OPSC_HOME/releases``, each with one version of the graph.

A release is written atomically, so that readers never see a part of it. The file ``releases/current`` names the current
one.
"""

import errno
import functools
import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from pyoxigraph import Quad, RdfFormat, Triple, serialize

from graph import files
from graph.errors import ReleaseError

QUADS: Final = "graph.nq"
MANIFEST: Final = "manifest.json"
REPORT: Final = "report.ttl"
CURRENT: Final = "current"
_VERSION: Final = re.compile("[0-9a-f]{64}")
_NO_DESCRIPTORS: Final = {errno.EMFILE, errno.ENFILE}
_REPAIR: Final = "run 'opsc build' with the sources it was built from, or put the file back from a copy"


@dataclass(frozen=True)
class Release:
    """One version of the graph on disk."""

    directory: Path

    @property
    def version(self) -> str:
        """The SHA-256 of the release's N-Quads, in hexadecimal."""
        return self.directory.name

    @property
    def quads_file(self) -> Path:
        """The sorted N-Quads of the whole dataset."""
        return self.directory / QUADS

    @property
    def report_file(self) -> Path:
        """The SHACL validation report, in Turtle."""
        return self.directory / REPORT

    @property
    def manifest(self) -> dict[str, Any]:
        """The manifest: version, counts by graph and class, inputs with their SHA-256, and the report's summary."""
        try:
            manifest: dict[str, Any] = json.loads((self.directory / MANIFEST).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise ReleaseError(f"{self.directory / MANIFEST} cannot be read; run 'opsc build' again") from error
        return manifest


def sorted_nquads(quads: Iterable[Quad]) -> bytes:
    """Return ``quads`` as sorted N-Quads without duplicates: the same set of quads gives the same bytes."""
    return b"".join(sorted(set(serialize_rdf(quads, RdfFormat.N_QUADS).splitlines(keepends=True))))


def serialize_rdf(
    statements: Iterable[Quad] | Iterable[Triple], rdf_format: RdfFormat, prefixes: Mapping[str, str] | None = None
) -> bytes:
    """Serialize quads or triples in an RDF format, in their order."""
    return serialize(statements, format=rdf_format, prefixes=dict(prefixes or {})) or b""


def is_built(home: Path) -> bool:
    """Tell whether ``home`` has, or had, a current release; :func:`current` tells whether it is whole."""
    return (home / "releases" / CURRENT).exists()


def current(home: Path) -> Release:
    """Return the current release of ``home``, compared with its SHA-256.

    Raises ``ReleaseError`` when none has been built, and when the release is missing, damaged or cannot be read.
    """
    release = named(home)
    verify(release)
    return release


def named(home: Path) -> Release:
    """Return the current release of ``home``, whose files are not read: for a graph that is in memory already.

    Raises ``ReleaseError`` when none has been built, and when the file that names it is damaged or cannot be read.
    """
    pointer = home / "releases" / CURRENT
    try:
        version = pointer.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        raise ReleaseError(f"no release in {home}; run 'opsc build' first") from None
    except OSError as error:
        raise _unreadable(pointer, error) from error
    except UnicodeDecodeError:
        version = ""
    if not _VERSION.fullmatch(version):
        raise ReleaseError(f"{pointer} is damaged: it does not name a release; run 'opsc build' again")
    return Release(home / "releases" / version)


def verify(release: Release) -> None:
    """Raise ``ReleaseError`` when the N-Quads of a release do not have the SHA-256 that names its folder.

    A file is read again only when its size, inode or time of modification has changed.
    """
    path = release.quads_file
    try:
        status = path.stat()
        digest = _sha256(path, status.st_size, status.st_ino, status.st_mtime_ns)
    except FileNotFoundError:
        raise ReleaseError(f"the release {release.version} lacks its file {path}; {_REPAIR}") from None
    except OSError as error:
        raise _unreadable(path, error) from error
    if digest != release.version:
        raise ReleaseError(f"{path} is damaged: its SHA-256 is not the one in the name of its folder; {_REPAIR}")


@functools.lru_cache(maxsize=64)
def _sha256(path: Path, size: int, inode: int, modified: int) -> str:  # noqa: ARG001 - part of the key
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _unreadable(path: Path, error: OSError) -> ReleaseError:
    remedy = "raise the limit on open files (ulimit -n)" if error.errno in _NO_DESCRIPTORS else "make it readable"
    return ReleaseError(f"{path} cannot be read ({error.strerror or error}); {remedy}")


def current_release_time(home: Path) -> datetime:
    """Return when the release of ``home`` became the current one (UTC); raise ``ReleaseError`` when there is none."""
    try:
        return datetime.fromtimestamp((home / "releases" / CURRENT).stat().st_mtime, UTC)
    except OSError:
        raise ReleaseError(f"no release in {home}; run 'opsc build' first") from None


def write(home: Path, quads: bytes, manifest: dict[str, Any], report: bytes) -> Release:
    """Write a release of the N-Quads ``quads`` into ``home`` and make it the current one.

    ``manifest`` is completed with ``version`` and ``bytes``. Raises ``ReleaseError`` when ``home`` cannot be written;
    the current release then stays as it was.
    """
    version = hashlib.sha256(quads).hexdigest()
    complete_manifest = {"version": version, "bytes": len(quads), **manifest}
    contents = {
        QUADS: quads,
        MANIFEST: (json.dumps(complete_manifest, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode(),
        REPORT: report,
    }
    releases = home / "releases"
    try:
        releases.mkdir(parents=True, exist_ok=True)
        _write_folder(releases, version, contents)
        _set_current(releases, version)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ReleaseError(f"{home} cannot be written ({reason}); set OPSC_HOME to a writable folder") from error
    return Release(releases / version)


def _write_folder(releases: Path, version: str, contents: dict[str, bytes]) -> None:
    """Put the files at ``releases/version`` in one step, replacing a damaged folder of that name."""
    target = releases / version
    with files.temporary_folder(releases, ".writing-") as folder:
        for name, content in contents.items():
            files.write(folder / name, content)
        folder.chmod(0o755)
        if not all(_holds(target / name, content) for name, content in contents.items()):
            files.move_folder(folder, target)


def _set_current(releases: Path, version: str) -> None:
    content = f"{version}\n".encode("ascii")
    # The modification time of this file is the time at which the release became current.
    if not _holds(releases / CURRENT, content):
        files.replace(releases / CURRENT, content)


def _holds(path: Path, content: bytes) -> bool:
    return path.is_file() and path.read_bytes() == content

"""The check of a home folder: releases against their names, and the ledger against its own structure and hashes."""

from collections.abc import Iterator
from pathlib import Path

from graph.errors import GraphError
from graph.versions import release
from graph.versions.ledger import Ledger
from graph.versions.version import list_releases, verify_change


def find_damage(home: Path) -> Iterator[str]:
    """Yield one sentence, with the file and the remedy, for each damage in ``home``.

    The current release, every other release and its manifest, the structure of the ledger, and the quads of every
    version in it are checked.
    """
    found = dict.fromkeys(_problems(home))
    yield from found


def _problems(home: Path) -> Iterator[str]:
    try:
        release.current(home)
    except GraphError as error:
        yield str(error)
    for one in list_releases(home):
        try:
            release.verify(one)
            if one.manifest.get("version") != one.version:
                yield f"{one.directory / release.MANIFEST} is damaged: it names another version; run 'opsc build' again"
        except GraphError as error:
            yield str(error)
    ledger = Ledger(home)
    try:
        ledger.verify()
        for version in ledger.versions():
            _verify_version(ledger, version.id)
    except GraphError as error:
        yield str(error)


def _verify_version(ledger: Ledger, version: str) -> None:
    for change in ledger.changes(version):
        verify_change(ledger, change)

"""The description of the dataset that is served: counted in its graph once for each version, with its downloads."""

import logging
import math
import threading
import time
from collections.abc import Iterable
from typing import Any, Final

from pyoxigraph import NamedNode, Quad, RdfFormat, Store, Triple, parse

from endpoint.pages.dataset.downloads import short_name
from endpoint.pages.dataset.publishing import DatasetPublication
from endpoint.serving.snapshot import Snapshot
from graph.exports import changelog
from graph.exports.changelog import ChangelogEntry
from graph.exports.dump_cache import DumpError
from graph.exports.dumps import DUMP_FORMATS, DumpFile
from graph.metadata import dcat, description, void
from graph.metadata.dcat import PublishedVersion
from graph.pool.pool import TaskLabel
from graph.sparql.errors import Busy, DeadlineExceeded, MemoryExceeded, QueryCrashed, ResultTooLarge
from graph.sparql.formats import GraphFormat
from graph.versions.version import Version
from ontology import iris
from ontology.terms import SD, VOID

_LOG: Final = logging.getLogger(__name__)
_NEWEST: Final = 100
_PATIENCE: Final = 5.0
_SECONDS_TO_RETRY: Final = 300.0
# For a description, a version whose files cannot be made has none but those on disk.
_FAILURES: Final = (DumpError, ResultTooLarge, DeadlineExceeded, MemoryExceeded, QueryCrashed)
_COUNTING: Final = TaskLabel("counting for the description", "the graph 'dataset' describes the release")
_GRAPHS: Final = f"SELECT ?name ?n WHERE {{ ?g {SD.name} ?name ; {VOID.triples} ?n }}"
_CLASSES: Final = f"""
SELECT ?class ?n WHERE {{
  {iris.DATASET} {VOID.classPartition} ?part . ?part {VOID["class"]} ?class ; {VOID.entities} ?n
}}"""
_LINKED: Final = f"""
SELECT ?space (SUM(?each) AS ?n) WHERE {{ ?set {VOID.objectsTarget}/{VOID.uriSpace} ?space ; {VOID.triples} ?each }}
GROUP BY ?space"""
_TOTALS: Final = f"SELECT ?p ?n WHERE {{ {iris.DATASET} ?p ?n FILTER(isNumeric(?n)) }}"


class DatasetDescription:
    """Describes what is served; safe to use from several threads."""

    def __init__(self, publishing: DatasetPublication) -> None:
        self._publishing = publishing
        self._counting = threading.Lock()
        self._counted: tuple[str, list[Triple]] | None = None
        self._written: dict[tuple[str, str, int, GraphFormat | None], Any] = {}
        self._failed: dict[str, float] = {}

    def written(self, snapshot: Snapshot, wanted: GraphFormat) -> bytes:
        """Return the description in a format; raise a ``QueryError`` when it cannot be counted."""
        body: bytes = self._once(snapshot, wanted, wanted.serialize)
        return body

    def view(self, snapshot: Snapshot) -> dict[str, Any]:
        """Return what the page about the dataset shows."""
        view: dict[str, Any] = self._once(snapshot, None, lambda triples: _view(triples, snapshot.version))
        return {**view, "downloads": self.downloads(snapshot.version), "address": self._publishing.address}

    def describes(self, snapshot: Snapshot, node: NamedNode) -> bool:
        """Return whether the description says something of ``node``."""
        return any(triple.subject == node for triple in self._of_data(snapshot))

    def of_version(self, version: Version) -> list[Triple]:
        """Return the description of any version, with its files."""
        files = tuple(self._files(version.id))
        return sorted({*dcat.describe_version(PublishedVersion(version, files), self._publishing.address)}, key=str)

    def is_whole(self, version: str) -> bool:
        """Return whether the description of a version lists all of its files, or only those that could be made."""
        return version not in self._failed

    def downloads(self, version: str) -> list[dict[str, Any]]:
        """Return the rows of the table of downloads."""
        return [
            {"file": file, "dump": DUMP_FORMATS[file.suffix], "name": f"{short_name(version)}.{file.suffix}"}
            for file in self._files(version)
        ]

    def _once(self, snapshot: Snapshot, wanted: GraphFormat | None, make: Any) -> Any:  # noqa: ANN401 - what ``make`` returns
        """Return what ``make`` makes of the description: once for each version, format and list of versions."""
        versions = changelog.newest_versions(self._publishing.home, _NEWEST)
        files = self._files(snapshot.version)
        key = (snapshot.version, versions[0].id if versions else "", len(files), wanted)
        found = self._written.get(key)
        if found is None:
            current = changelog.find_entry(self._publishing.home, snapshot.version)
            triples = [*self._of_data(snapshot), *self._of_versions(versions, current, files)]
            found = make(sorted(set(triples), key=str))
            kept = {known: body for known, body in self._written.items() if known[:3] == key[:3]}
            self._written = {**kept, key: found}
        return found

    def _of_data(self, snapshot: Snapshot) -> list[Triple]:
        # Whoever waits keeps a thread from others.
        if not self._counting.acquire(timeout=_PATIENCE):
            raise Busy("the metadata of this version are being computed; try again in a moment")
        try:
            if self._counted is None or self._counted[0] != snapshot.version:
                seconds = snapshot.pool.settings.deadline
                lines = snapshot.pool.call(
                    description.describe_current, (self._publishing.examples,), seconds, _COUNTING
                )
                triples = [quad.triple for quad in parse(lines, RdfFormat.N_TRIPLES)]
                self._counted = (snapshot.version, triples)
            return self._counted[1]
        finally:
            self._counting.release()

    def _of_versions(
        self, versions: list[Version], current: ChangelogEntry | None, files: list[DumpFile]
    ) -> Iterable[Triple]:
        if current is None:
            return ()
        return dcat.describe_versions(
            versions, PublishedVersion(current.version, tuple(files)), self._publishing.address
        )

    def _files(self, version: str) -> list[DumpFile]:
        """Return the files of a version; what is on disk already where no others can be made."""
        downloads = self._publishing.downloads
        if self._failed.get(version, -math.inf) < time.monotonic() - _SECONDS_TO_RETRY:
            try:
                files = list(downloads.version_files(version).values())
            except _FAILURES as error:
                _LOG.warning("cannot generate the files of version %s: %s", version, error)
                self._failed = {version: time.monotonic()}
            else:
                self._failed.pop(version, None)
                return files
        stored = downloads.release_file(version)
        return [stored] if stored else []


def _view(triples: list[Triple], version: str) -> dict[str, Any]:
    store = Store()
    store.bulk_extend(Quad(triple.subject, triple.predicate, triple.object) for triple in triples)
    totals = {iri.removeprefix(VOID.iri): int(count) for iri, count in void.select(store, _TOTALS)}
    return {
        "version": version,
        "title": dcat.TITLE,
        "about": dcat.ABOUT,
        "licence": dcat.LICENCE.value,
        "totals": totals,
        "graphs": _counted(store, _GRAPHS),
        "classes": _counted(store, _CLASSES),
        "linked": _counted(store, _LINKED),
        "base": iris.BASE,
    }


def _counted(store: Store, query: str) -> list[tuple[str, int]]:
    """Return names with their counts, the largest first."""
    counted = [(name, int(count)) for name, count in void.select(store, query)]
    return sorted(counted, key=lambda row: (-row[1], row[0]))

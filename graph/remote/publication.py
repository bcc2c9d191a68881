"""Writes a version of the graph into a store by SPARQL Update: only what differs, one graph after the other.

The store holds the named graphs under their own names, and their merge in a graph that stands for the default graph
of queries: a triple is there once, however many graphs hold it. The next publication completes an interrupted one.
"""

import fcntl
import hashlib
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pyoxigraph import DefaultGraph, NamedNode, QueryBoolean, RdfFormat, Store, serialize

from graph.contributions.current_graph import load_version
from graph.errors import GraphError
from graph.remote import marker, results
from graph.remote.client import Client
from graph.remote.credentials import Credentials
from graph.remote.errors import StoreContentError
from graph.remote.marker import MARKER, MERGED, Published
from graph.remote.results import Expectation
from graph.remote.settings import StoreSettings

Lines = Mapping[str, Sequence[bytes]]
Progress = Callable[[str], None]

_RESPONSE_BYTES: Final = 50_000_000
_CHUNK_BYTES: Final = 200_000
_LOCK: Final = "publish.lock"


@dataclass(frozen=True)
class PublicationSummary:
    """The numbers of named graphs, of those written and removed, and of triples sent by a publication."""

    version: str
    graphs: int
    written: int
    removed: int
    triples: int


class Publisher:
    """Publishes versions of the graph in ``home`` into one store; one at a time, also among processes."""

    def __init__(self, home: Path, settings: StoreSettings, credentials: Credentials | None) -> None:
        """Write into the store of ``settings``, whose ``update_url`` is set."""
        self._home = home
        self._settings = settings
        self._query_client = Client(settings.query_url, credentials, _RESPONSE_BYTES)
        self._update_client = Client(settings.update_url, credentials, _RESPONSE_BYTES)
        self._sent = 0
        self._latest: tuple[str, Lines] = ("", {})

    def published(self) -> Published:
        """Return the content of the store; raise a ``StoreError`` when it cannot be read."""
        return marker.read(self._query_client, self._settings.write_seconds)

    def publish(self, version: str, progress: Progress = lambda _: None) -> PublicationSummary:
        """Make the store hold ``version``; ``progress`` is called with a description of each step.

        Readers find the version before, then none while triples change, then this one. Doing it again changes nothing.
        Raises a ``StoreError`` when the store fails, and ``UnknownVersionError`` for an unknown version.
        """
        with _exclusive(self._home):
            return self._publish(version, progress)

    def _publish(self, version: str, progress: Progress) -> PublicationSummary:
        progress("reading the version")
        lines_by_graph = self._lines(version)
        contents = {name: content(lines) for name, lines in lines_by_graph.items()}
        self._sent = 0
        published = self.published()
        changed = sorted(name for name, one in contents.items() if published.contents.get(name) != one)
        stale = sorted(published.contents.keys() - contents.keys())
        if changed or stale or published.version != version:
            before = self._lines_before(published, changed)
            self._update(marker.begin_update([*changed, *stale]))
            for number, name in enumerate(changed, 1):
                progress(f"graph {number} of {len(changed)}: {name}")
                self._write(name, lines_by_graph[name], before.get(name))
                self._update(marker.graph_update(name, contents[name]))
            for name in stale:
                progress(f"removing {name}")
                self._update(f"CLEAR SILENT GRAPH <{name}>")
                self._update(marker.graph_update(name, None))
        progress("counting the triples in the engine")
        self._check_counts({name: len(lines) for name, lines in lines_by_graph.items()})
        if changed or stale or published.version != version:
            self._update(marker.end_update(version, uuid.uuid4().hex))
        self._latest = (version, lines_by_graph)
        return PublicationSummary(version, len(contents) - 1, len(changed), len(stale), self._sent)

    def _lines_before(self, published: Published, changed: Sequence[str]) -> Lines:
        """Return the lines of those changed graphs whose content in the store is that of a version in ``home``."""
        if not published.version or not changed:
            return {}
        try:
            before = self._lines(published.version)
        except GraphError:
            return {}
        return {name: lines for name, lines in before.items() if published.contents.get(name) == content(lines)}

    def _lines(self, version: str) -> Lines:
        """Return the lines of a version; those of the latest are cached, because the next one differs little."""
        if self._latest[0] == version:
            return self._latest[1]
        return lines_of(load_version(self._home, version))

    def _write(self, name: str, lines_by_graph: Sequence[bytes], before: Sequence[bytes] | None) -> None:
        gone: Iterable[bytes] = ()
        added: Iterable[bytes] = lines_by_graph
        if before is not None:
            gone, added = sorted(set(before).difference(lines_by_graph)), sorted(set(lines_by_graph).difference(before))
        if before is None or len(list(gone)) > len(lines_by_graph):
            gone, added = (), lines_by_graph
            self._update(f"CLEAR SILENT GRAPH <{name}>")
        for verb, lines in (("DELETE", gone), ("INSERT", added)):
            for chunk in _chunks(lines, self._settings.chunk):
                self._update(f"{verb} DATA {{ GRAPH <{name}> {{\n{chunk.decode()}}} }}")
                self._sent += chunk.count(b"\n")

    def _check_counts(self, lines_by_graph: Mapping[str, int]) -> None:
        """Compare the numbers of triples; the next publication writes a graph that differs again."""
        names = sorted(lines_by_graph)
        text = "SELECT ?g (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g"
        response = self._query_client.post(marker.query_request(text, [MARKER], names), self._settings.write_seconds)
        found = results.parse(response, Expectation())
        counted = {}
        if not isinstance(found, QueryBoolean):
            counted = {row["g"].value: int(row["n"].value) for row in found if isinstance(row["g"], NamedNode)}
        wrong = [name for name in names if counted.get(name, 0) != lines_by_graph[name]]
        if wrong:
            self._update(marker.begin_update(wrong))
            name = wrong[0]
            raise StoreContentError(
                f"the engine has {counted.get(name, 0)} triples in {name}, but the version has {lines_by_graph[name]}"
                + (f", and {len(wrong) - 1} more graphs differ" if len(wrong) > 1 else "")
                + "; publish again, and check the log of the engine"
            )

    def _update(self, text: str) -> None:
        self._update_client.post(marker.update_request(text), self._settings.write_seconds)


def lines_of(dataset: Store) -> dict[str, list[bytes]]:
    """Return the sorted N-Triples of each named graph, and of the merge of all as :data:`marker.MERGED`.

    Literals have the lexical form of the project's own engine.
    """
    names = [name for name in dataset.named_graphs() if isinstance(name, NamedNode)]
    found = {name.value: _lines(dataset, name) for name in names}
    return {**found, MERGED: _lines(dataset, DefaultGraph())}


def content(lines: Iterable[bytes]) -> str:
    """Return the SHA-256 of sorted N-Triples and their number."""
    listed = list(lines)
    return f"{hashlib.sha256(b''.join(listed)).hexdigest()} {len(listed)}"


def _lines(dataset: Store, name: NamedNode | DefaultGraph) -> list[bytes]:
    triples = (quad.triple for quad in dataset.quads_for_pattern(None, None, None, name))
    written = serialize(triples, format=RdfFormat.N_TRIPLES) or b""
    return sorted(line + b"\n" for line in written.split(b"\n") if line)


def _chunks(lines: Iterable[bytes], most: int) -> Iterator[bytes]:
    """Yield blocks of up to ``most`` lines and 200 kB."""
    chunk: list[bytes] = []
    size = 0
    for line in lines:
        if chunk and (len(chunk) >= most or size + len(line) > _CHUNK_BYTES):
            yield b"".join(chunk)
            chunk, size = [], 0
        chunk.append(line)
        size += len(line)
    if chunk:
        yield b"".join(chunk)


@contextmanager
def _exclusive(home: Path) -> Iterator[None]:
    with (home / _LOCK).open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield

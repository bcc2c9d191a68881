"""Writes a version of the graph into a store by SPARQL Update: only what differs, one graph after the other.

The store holds the named graphs under their own names, and their merge in a graph that stands for the default graph
of queries: a triple is there once, however many graphs hold it. What was interrupted is taken up by the next one.
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
from graph.remote import marker, solutions
from graph.remote.client import Client
from graph.remote.credentials import Credentials
from graph.remote.errors import StoreContentError
from graph.remote.marker import MARKER, MERGED, Published
from graph.remote.settings import StoreSettings
from graph.remote.solutions import Expected

Lines = Mapping[str, Sequence[bytes]]
Step = Callable[[str], None]

_MOST: Final = 50_000_000
_CHUNK_BYTES: Final = 200_000
_LOCK: Final = "publish.lock"


@dataclass(frozen=True)
class Outcome:
    """What a publication did: the numbers of named graphs, of those written and removed, and of triples sent."""

    version: str
    graphs: int
    written: int
    removed: int
    triples: int


class Publisher:
    """Publishes versions of the graph in ``home`` into one store; one at a time, whatever processes they come from."""

    def __init__(self, home: Path, settings: StoreSettings, credentials: Credentials | None) -> None:
        """Write into the store of ``settings``, whose ``update_url`` is given."""
        self._home = home
        self._settings = settings
        self._asking = Client(settings.query_url, credentials, _MOST)
        self._writing = Client(settings.update_url, credentials, _MOST)
        self._sent = 0
        self._latest: tuple[str, Lines] = ("", {})

    def held(self) -> Published:
        """Return what the store says that it holds; raise a ``StoreError`` when it does not say."""
        return marker.read(self._asking, self._settings.write_seconds)

    def publish(self, version: str, step: Step = lambda _: None) -> Outcome:
        """Make the store hold ``version`` and return what was done; ``step`` is told what begins.

        Readers find the version before, then none while triples change, then this one. Doing it again changes nothing.
        Raises a ``StoreError`` when the store does not do its part, and ``UnknownVersionError`` for no version.
        """
        with _exclusive(self._home):
            return self._published(version, step)

    def _published(self, version: str, step: Step) -> Outcome:
        step("reading the version")
        wanted = self._lines(version)
        contents = {name: content(lines) for name, lines in wanted.items()}
        self._sent = 0
        held = self.held()
        changed = sorted(name for name, one in contents.items() if held.contents.get(name) != one)
        stale = sorted(held.contents.keys() - contents.keys())
        if changed or stale or held.version != version:
            before = self._lines_before(held, changed)
            self._update(marker.begun([*changed, *stale]))
            for number, name in enumerate(changed, 1):
                step(f"graph {number} of {len(changed)}: {name}")
                self._write(name, wanted[name], before.get(name))
                self._update(marker.written(name, contents[name]))
            for name in stale:
                step(f"removing {name}")
                self._update(f"CLEAR SILENT GRAPH <{name}>")
                self._update(marker.written(name, None))
        step("counting the triples in the engine")
        self._check_counts({name: len(lines) for name, lines in wanted.items()})
        if changed or stale or held.version != version:
            self._update(marker.completed(version, uuid.uuid4().hex))
        self._latest = (version, wanted)
        return Outcome(version, len(contents) - 1, len(changed), len(stale), self._sent)

    def _lines_before(self, held: Published, changed: Sequence[str]) -> Lines:
        """Return what graphs hold in the store, of those that are as a version left them that is known here."""
        if not held.version or not changed:
            return {}
        try:
            before = self._lines(held.version)
        except GraphError:
            return {}
        return {name: lines for name, lines in before.items() if held.contents.get(name) == content(lines)}

    def _lines(self, version: str) -> Lines:
        """Return the lines of a version; those of the latest one are kept, on which the next one mostly rests."""
        if self._latest[0] == version:
            return self._latest[1]
        return lines_of(load_version(self._home, version))

    def _write(self, name: str, wanted: Sequence[bytes], before: Sequence[bytes] | None) -> None:
        gone: Iterable[bytes] = ()
        added: Iterable[bytes] = wanted
        if before is not None:
            gone, added = sorted(set(before).difference(wanted)), sorted(set(wanted).difference(before))
        if before is None or len(list(gone)) > len(wanted):
            gone, added = (), wanted
            self._update(f"CLEAR SILENT GRAPH <{name}>")
        for verb, lines in (("DELETE", gone), ("INSERT", added)):
            for chunk in _chunks(lines, self._settings.chunk):
                self._update(f"{verb} DATA {{ GRAPH <{name}> {{\n{chunk.decode()}}} }}")
                self._sent += chunk.count(b"\n")

    def _check_counts(self, wanted: Mapping[str, int]) -> None:
        """Compare the numbers of triples; a graph that differs is written anew by the next publication."""
        names = sorted(wanted)
        text = "SELECT ?g (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g"
        reply = self._asking.post(marker.asking(text, [MARKER], names), self._settings.write_seconds)
        found = solutions.results(reply, Expected())
        counted = {}
        if not isinstance(found, QueryBoolean):
            counted = {row["g"].value: int(row["n"].value) for row in found if isinstance(row["g"], NamedNode)}
        wrong = [name for name in names if counted.get(name, 0) != wanted[name]]
        if wrong:
            self._update(marker.begun(wrong))
            name = wrong[0]
            raise StoreContentError(
                f"the engine has {counted.get(name, 0)} triples in {name}, but the version has {wanted[name]}"
                + (f", and {len(wrong) - 1} more graphs differ" if len(wrong) > 1 else "")
                + "; publish again, and check the log of the engine"
            )

    def _update(self, text: str) -> None:
        self._writing.post(marker.updating(text), self._settings.write_seconds)


def lines_of(dataset: Store) -> dict[str, list[bytes]]:
    """Return the sorted N-Triples of each named graph, and of the merge of all as :data:`marker.MERGED`.

    Literals have the form that the project's own engine gives them.
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
    """Yield lines together, ``most`` at a time and not too many bytes."""
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

"""What a store says of itself, in a graph of its own: its version, and the content of each graph.

``state`` is new with each publication. It is taken away before the first triple changes and written after the last, so
that a reader who finds the same state after a query as before has been answered from one version.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final
from urllib.parse import urlencode

from pyoxigraph import Literal, NamedNode, QueryBoolean

from graph.remote import solutions
from graph.remote.client import Client, Message
from graph.remote.errors import StoreBrokenError
from graph.remote.solutions import Expected

MARKER: Final = "urn:opsc:published"
MERGED: Final = "urn:opsc:merged"
NOTHING: Final = "urn:opsc:nothing"
INCOMPLETE: Final = "incomplete"
OWN: Final = frozenset({MARKER, MERGED, NOTHING})

_VERSION: Final = "urn:opsc:version"
_STATE: Final = "urn:opsc:state"
_CONTENT: Final = "urn:opsc:content"
_READ: Final = f"SELECT ?s ?p ?o WHERE {{ GRAPH <{MARKER}> {{ ?s ?p ?o }} }}"
_FORM: Final = "application/x-www-form-urlencoded"
_UPDATE: Final = "application/sparql-update"


@dataclass(frozen=True)
class Published:
    """What a store holds: ``version`` and ``state`` are empty while it is written, ``contents`` tells each graph's.

    The content is the SHA-256 of the sorted N-Triples and the number of triples, or ``incomplete``.
    """

    version: str = ""
    state: str = ""
    contents: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    is_virtuoso: bool = False

    @property
    def graphs(self) -> list[str]:
        """The named graphs that queries may see, in order."""
        return sorted(self.contents.keys() - OWN)


def asking(text: str, default: list[str], named: list[str], further: str = "") -> Message:
    """Return the request for a query over a dataset (SPARQL 1.1 Protocol, section 2.1.2)."""
    parameters = [
        ("query", text),
        *(("default-graph-uri", name) for name in default),
        *(("named-graph-uri", name) for name in named),
    ]
    body = urlencode(parameters) + (f"&{further}" if further else "")
    return Message(body.encode("ascii"), _FORM, solutions.ACCEPT)


def updating(text: str) -> Message:
    """Return the request for an update (section 2.2.2)."""
    return Message(text.encode(), _UPDATE)


def read(client: Client, seconds: float) -> Published:
    """Return what the store holds; raise a ``StoreError`` when it does not say."""
    reply = client.post(asking(_READ, [MARKER], [MARKER]), seconds)
    found = solutions.results(reply, Expected())
    if isinstance(found, QueryBoolean):
        raise StoreBrokenError("the engine answered a SELECT query with a boolean")
    said: dict[tuple[str, str], str] = {}
    try:
        for row in found:
            subject, predicate, value = row["s"], row["p"], row["o"]
            if isinstance(subject, NamedNode) and isinstance(predicate, NamedNode) and isinstance(value, Literal):
                said[subject.value, predicate.value] = value.value
    except (SyntaxError, ValueError, KeyError) as error:
        raise solutions.unreadable(error) from error
    contents = {subject: value for (subject, predicate), value in said.items() if predicate == _CONTENT}
    return Published(
        said.get((MARKER, _VERSION), ""),
        said.get((MARKER, _STATE), ""),
        MappingProxyType(contents),
        solutions.is_virtuoso(reply),
    )


def confirming(state: str) -> Message:
    """Return the question whether the store still is in ``state``."""
    return asking(f'ASK {{ GRAPH <{MARKER}> {{ <{MARKER}> <{_STATE}> "{state}" }} }}', [MARKER], [MARKER])


def begun(graphs: list[str]) -> str:
    """Return the update before the first change: the store holds no version, and these graphs are incomplete."""
    return " ;\n".join(
        [
            f"DELETE WHERE {{ GRAPH <{MARKER}> {{ <{MARKER}> ?p ?o }} }}",
            *(f"DELETE WHERE {{ GRAPH <{MARKER}> {{ <{name}> ?p ?o }} }}" for name in graphs),
            _insert([_content(name, INCOMPLETE) for name in graphs]),
        ]
    )


def written(graph: str, content: str | None) -> str:
    """Return the update after a graph was written, or removed when there is no ``content``."""
    gone = f"DELETE WHERE {{ GRAPH <{MARKER}> {{ <{graph}> ?p ?o }} }}"
    return f"{gone} ;\n{_insert([_content(graph, content)])}" if content else gone


def completed(version: str, state: str) -> str:
    """Return the update after the last change."""
    return _insert([f'<{MARKER}> <{_VERSION}> "{version}" .', f'<{MARKER}> <{_STATE}> "{state}" .'])


def _content(graph: str, content: str) -> str:
    return f'<{graph}> <{_CONTENT}> "{content}" .'


def _insert(lines: list[str]) -> str:
    return f"INSERT DATA {{ GRAPH <{MARKER}> {{ {' '.join(lines)} }} }}"

"""The marker graph of a store: the version that the store holds, and a digest of the content of each graph.

The ``state`` is new with each publication. It is removed before the first triple changes and added after the last, so
that a reader who finds the same state before and after a query was answered from one version.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final
from urllib.parse import urlencode

from pyoxigraph import Literal, NamedNode, QueryBoolean

from graph.remote import results
from graph.remote.client import Client, StoreRequest
from graph.remote.errors import StoreBrokenError
from graph.remote.results import Expectation

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
    """The content of a store: ``version`` and ``state``, empty during a publication, and an entry for each graph.

    An entry is the SHA-256 of the sorted N-Triples and the number of triples, or ``incomplete``.
    """

    version: str = ""
    state: str = ""
    contents: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    is_virtuoso: bool = False

    @property
    def graphs(self) -> list[str]:
        """The named graphs that queries may see, in order."""
        return sorted(self.contents.keys() - OWN)


def query_request(text: str, default: list[str], named: list[str], parameters: str = "") -> StoreRequest:
    """Return the request for a query over a dataset (SPARQL 1.1 Protocol, section 2.1.2)."""
    pairs = [
        ("query", text),
        *(("default-graph-uri", name) for name in default),
        *(("named-graph-uri", name) for name in named),
    ]
    body = urlencode(pairs) + (f"&{parameters}" if parameters else "")
    return StoreRequest(body.encode("ascii"), _FORM, results.ACCEPT)


def update_request(text: str) -> StoreRequest:
    """Return the request for an update (section 2.2.2)."""
    return StoreRequest(text.encode(), _UPDATE)


def read(client: Client, seconds: float) -> Published:
    """Return the content of the marker graph; raise a ``StoreError`` when it cannot be read."""
    response = client.post(query_request(_READ, [MARKER], [MARKER]), seconds)
    rows = results.parse(response, Expectation())
    if isinstance(rows, QueryBoolean):
        raise StoreBrokenError("the engine answered a SELECT query with a boolean")
    values: dict[tuple[str, str], str] = {}
    try:
        for row in rows:
            subject, predicate, value = row["s"], row["p"], row["o"]
            if isinstance(subject, NamedNode) and isinstance(predicate, NamedNode) and isinstance(value, Literal):
                values[subject.value, predicate.value] = value.value
    except (SyntaxError, ValueError, KeyError) as error:
        raise results.unreadable(error) from error
    contents = {subject: value for (subject, predicate), value in values.items() if predicate == _CONTENT}
    return Published(
        values.get((MARKER, _VERSION), ""),
        values.get((MARKER, _STATE), ""),
        MappingProxyType(contents),
        results.is_virtuoso(response),
    )


def state_request(state: str) -> StoreRequest:
    """Return the request for an ASK whether the store is still in ``state``."""
    return query_request(f'ASK {{ GRAPH <{MARKER}> {{ <{MARKER}> <{_STATE}> "{state}" }} }}', [MARKER], [MARKER])


def begin_update(graphs: list[str]) -> str:
    """Return the update before the first change: the store holds no version, and these graphs are incomplete."""
    return " ;\n".join(
        [
            f"DELETE WHERE {{ GRAPH <{MARKER}> {{ <{MARKER}> ?p ?o }} }}",
            *(f"DELETE WHERE {{ GRAPH <{MARKER}> {{ <{name}> ?p ?o }} }}" for name in graphs),
            _insert([_content(name, INCOMPLETE) for name in graphs]),
        ]
    )


def graph_update(graph: str, content: str | None) -> str:
    """Return the update after a graph was written, or removed when there is no ``content``."""
    gone = f"DELETE WHERE {{ GRAPH <{MARKER}> {{ <{graph}> ?p ?o }} }}"
    return f"{gone} ;\n{_insert([_content(graph, content)])}" if content else gone


def end_update(version: str, state: str) -> str:
    """Return the update after the last change."""
    return _insert([f'<{MARKER}> <{_VERSION}> "{version}" .', f'<{MARKER}> <{_STATE}> "{state}" .'])


def _content(graph: str, content: str) -> str:
    return f'<{graph}> <{_CONTENT}> "{content}" .'


def _insert(lines: list[str]) -> str:
    return f"INSERT DATA {{ GRAPH <{MARKER}> {{ {' '.join(lines)} }} }}"

"""Answers queries from a store elsewhere, so that a client sees what the engine of this project would have written.

Every answer is checked to belong to one version: the store must be in the same state after the query as before.
"""

import logging
import re
import time
from collections.abc import Callable
from typing import Final

from pyoxigraph import BlankNode, NamedNode, Quad, QueryBoolean, QuerySolutions, Store, Triple

from graph.pool.sandbox import no_new_files
from graph.remote import booleans, marker, rewriting, solutions
from graph.remote.client import Client
from graph.remote.credentials import Credentials
from graph.remote.errors import StoreError, StoreFailedError, StoreLateError, VersionReplaced, for_client
from graph.remote.marker import MERGED, NOTHING, Published
from graph.remote.rewriting import Plan
from graph.remote.settings import StoreSettings
from graph.remote.solutions import Expected
from graph.settings import QueryLimits
from graph.sparql import engine, serialize, syntax_errors
from graph.sparql.engine import Query, QueryDataset
from graph.sparql.guard import ParsedQuery
from graph.sparql.serialize import EngineResult, QueryResult
from ontology.iris import BASE

_NO_ROWS: Final = re.compile(rb'"bindings"\s*:\s*\[\s*\]')
_LOG: Final = logging.getLogger(__name__)
_TIMEOUT: Final = "timeout={milliseconds}"
_ROW: Final = NamedNode("urn:opsc:row")
_BOUND: Final = "urn:opsc:bound:"
_CHANGING: Final = "the SPARQL engine behind this endpoint is being updated; try again in a moment"


class RemoteEngine:
    """Asks one store, over one connection."""

    def __init__(
        self,
        settings: StoreSettings,
        credentials: Credentials | None,
        version: str,
        limits: QueryLimits,
        default_graph: str,
    ) -> None:
        """QueryResult from ``version`` only; ``default_graph`` is that of ``graph.sparql.dataset.store_of``."""
        self._client = Client(settings.query_url, credentials, limits.result_bytes)
        self._settings = settings
        self._version = version
        self._limits = limits
        self._default = MERGED if default_graph == "merged" else NOTHING
        self._published: Published | None = None

    def answer(self, query: Query, outline: ParsedQuery, seconds: float) -> QueryResult:
        """Return the answer to a query whose ``outline`` the guard has given, within ``seconds``.

        Raises a ``QueryError``; ``VersionReplaced`` when the store does not hold the version.
        """
        end = time.monotonic() + seconds
        with no_new_files():
            _check(query)
        planned = rewriting.plan(query.text)
        dataset = engine.dataset_of(query, outline)
        try:
            return self._consistent(lambda: self._answered(query, planned, dataset, end), end)
        except StoreError as error:
            # What a query asks for is not logged, and the reason may repeat it.
            _LOG.warning("%s", error.what if isinstance(error, StoreFailedError) else error)
            raise for_client(error) from error
        except (SyntaxError, OSError) as error:
            # The answer is read while it is written anew.
            raise for_client(solutions.unreadable(error)) from error

    def confirm(self, seconds: float) -> bool:
        """Return whether the store answers and holds the version, whole."""
        try:
            return marker.read(self._client, seconds).version == self._version
        except StoreError:
            return False

    def _consistent(self, ask: Callable[[], QueryResult], end: float) -> QueryResult:
        while True:
            state = self._held(end).state
            try:
                answer = ask()
            except StoreError:
                # What failed while the store was written may succeed afterwards.
                if self._is_in(state, end):
                    raise
            else:
                if self._is_in(state, end):
                    return answer
            self._published = None

    def _held(self, end: float) -> Published:
        if self._published is None:
            self._published = marker.read(self._client, _left(end))
        if self._published.version != self._version:
            self._published = None
            raise VersionReplaced(_CHANGING)
        return self._published

    def _is_in(self, state: str, end: float) -> bool:
        reply = self._client.post(marker.confirming(state), _left(end))
        found = solutions.results(reply, Expected())
        return isinstance(found, QueryBoolean) and bool(found)

    def _answered(self, query: Query, planned: Plan, dataset: QueryDataset | None, end: float) -> QueryResult:
        if planned.form == "CONSTRUCT":
            results: EngineResult = self._constructed(planned, dataset, end)
        elif planned.form == "DESCRIBE":
            results = self._described(planned, dataset, end)
        else:
            results = self._asked(planned, dataset, end)
        return serialize.serialize_result(results, query.solutions_format, query.graph_format, self._limits)

    def _asked(self, planned: Plan, dataset: QueryDataset | None, end: float) -> QuerySolutions | QueryBoolean:
        held = self._held(end)
        default, named = self._graphs(held, dataset)
        if not planned.asks_for_graphs:
            named = []
        seconds = _left(end)
        told = self._settings.timeout or (_TIMEOUT if held.is_virtuoso else "")
        further = told.format(seconds=max(1, round(seconds)), milliseconds=max(1, round(seconds * 1000)))
        asked = marker.asking(planned.text, default, named, further)
        reply = self._client.post(asked, seconds)
        if held.is_virtuoso and _NO_ROWS.search(reply.body):
            # Once in thousands of answers it gives a table without its rows.
            reply = self._client.post(asked, _left(end))
        computed = booleans.computed(planned.text) if held.is_virtuoso else frozenset()
        return solutions.results(reply, Expected(planned.limit, computed))

    def _graphs(self, held: Published, dataset: QueryDataset | None) -> tuple[list[str], list[str]]:
        """Return the graphs of the default graph and those that GRAPH finds: none of the store's own, never all."""
        if dataset is None:
            return [self._default], held.graphs or [NOTHING]
        known = set(held.graphs)
        return sorted(dataset.default & known) or [NOTHING], sorted(dataset.named & known) or [NOTHING]

    def _constructed(self, planned: Plan, dataset: QueryDataset | None, end: float) -> EngineResult:
        """Return what the template gives for each solution (SPARQL 1.1 Query, section 16.2)."""
        found = self._asked(planned, dataset, end)
        rows, names = Store(), _names(found)
        for solution in found if isinstance(found, QuerySolutions) else ():
            row = BlankNode()
            rows.add(Quad(row, _ROW, _ROW))
            for name in names:
                value = solution[name]
                if value is not None:
                    rows.add(Quad(row, NamedNode(_BOUND + name), value))
        subject = "?opsc_row" + "_" * max((len(name) for name in names), default=0)
        bound = " ".join(f"OPTIONAL {{ {subject} <{_BOUND}{name}> ?{name} }}" for name in names)
        pattern = f"{subject} <{_ROW.value}> <{_ROW.value}> {bound}"
        return rows.query(f"{planned.prologue}CONSTRUCT {planned.template} WHERE {{ {pattern} }}")

    def _described(self, planned: Plan, dataset: QueryDataset | None, end: float) -> EngineResult:
        """Return every triple about what is described, as the engine of this project does."""
        wanted = dict.fromkeys(engine.resolve_iris(planned.prologue, planned.resources))
        if planned.text:
            found = self._asked(planned, dataset, end)
            names = _names(found)
            for solution in found if isinstance(found, QuerySolutions) else ():
                wanted.update((value.value, None) for name in names if isinstance(value := solution[name], NamedNode))
        about = Store()
        if wanted:
            values = " ".join(f"<{iri}>" for iri in wanted)
            text = f"SELECT ?s ?p ?o WHERE {{ VALUES ?s {{ {values} }} ?s ?p ?o }}"
            found = self._asked(Plan("SELECT", "", text), dataset, end)
            for solution in found if isinstance(found, QuerySolutions) else ():
                about.add(Quad(*_triple(solution["s"], solution["p"], solution["o"])))
        return about.query("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }")


def _check(query: Query) -> None:
    """Raise what the project's own engine says of a query that it does not accept; no store is asked then."""
    try:
        Store().query(query.text, base_iri=BASE)
    except SyntaxError as error:
        raise syntax_errors.locate(query.text, str(error)) from None
    except (OSError, RuntimeError, ValueError) as error:
        raise engine.engine_failure(str(error)) from error


def _names(found: QuerySolutions | QueryBoolean) -> list[str]:
    return [variable.value for variable in found.variables] if isinstance(found, QuerySolutions) else []


def _triple(subject: object, predicate: object, value: object) -> Triple:
    return Triple(subject, predicate, value)  # type: ignore[arg-type]


def _left(end: float) -> float:
    left = end - time.monotonic()
    if left <= 0:
        raise StoreLateError("no time is left for the query")
    return left

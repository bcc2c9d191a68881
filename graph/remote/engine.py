"""Answers queries from a store elsewhere, so that a client sees what the engine of this project would have written.

Every answer is checked to belong to one version: the store must be in the same state after the query as before.
"""

import logging
import time
from collections.abc import Callable
from typing import Final

from pyoxigraph import BlankNode, NamedNode, Quad, QueryBoolean, QuerySolutions, Store, Triple

from graph.pool.sandbox import no_new_files
from graph.remote import filters, marker, query_plan, results
from graph.remote.boolean_variables import boolean_variables
from graph.remote.client import Client
from graph.remote.credentials import Credentials
from graph.remote.errors import StoreError, StoreFailedError, StoreLateError, VersionReplaced, for_client
from graph.remote.marker import MERGED, NOTHING, Published
from graph.remote.query_plan import QueryPlan
from graph.remote.results import Expectation
from graph.remote.settings import StoreSettings
from graph.settings import QueryLimits
from graph.sparql import engine, syntax_errors
from graph.sparql.engine import EngineResult, Query, QueryDataset, QueryResult
from graph.sparql.guard import ParsedQuery
from ontology.iris import BASE

_LOG: Final = logging.getLogger(__name__)
_TIMEOUT: Final = "timeout={milliseconds}"
_ROW: Final = NamedNode("urn:opsc:row")
_BOUND: Final = "urn:opsc:bound:"
_CHANGING: Final = "the SPARQL engine behind this endpoint is being updated; try again in a moment"


class RemoteEngine:
    """Queries one store over one connection."""

    def __init__(
        self,
        settings: StoreSettings,
        credentials: Credentials | None,
        version: str,
        limits: QueryLimits,
        default_graph: str,
    ) -> None:
        """Answer from ``version`` only; ``default_graph`` is that of ``graph.sparql.dataset.create_store``."""
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
        plan = query_plan.plan(query.text)
        dataset = engine.dataset_of(query, outline)
        try:
            return self._consistent(lambda: self._answer(query, plan, dataset, end), end)
        except StoreError as error:
            # The content of a query is not logged, and the reason may repeat it.
            _LOG.warning("%s", error.what if isinstance(error, StoreFailedError) else error)
            raise for_client(error) from error
        except (SyntaxError, OSError) as error:
            # The results are parsed while they are serialized.
            raise for_client(results.unreadable(error)) from error

    def confirm(self, seconds: float) -> bool:
        """Return whether the store answers and holds the version, whole."""
        try:
            return marker.read(self._client, seconds).version == self._version
        except StoreError:
            return False

    def _consistent(self, ask: Callable[[], QueryResult], end: float) -> QueryResult:
        while True:
            state = self._current_content(end).state
            try:
                answer = ask()
            except StoreError:
                # A query that failed during a publication may succeed afterwards.
                if self._is_in(state, end):
                    raise
            else:
                if self._is_in(state, end):
                    return answer
            self._published = None

    def _current_content(self, end: float) -> Published:
        if self._published is None:
            self._published = marker.read(self._client, _seconds_left(end))
        if self._published.version != self._version:
            self._published = None
            raise VersionReplaced(_CHANGING)
        return self._published

    def _is_in(self, state: str, end: float) -> bool:
        response = self._client.post(marker.state_request(state), _seconds_left(end))
        found = results.parse(response, Expectation())
        return isinstance(found, QueryBoolean) and bool(found)

    def _answer(self, query: Query, plan: QueryPlan, dataset: QueryDataset | None, end: float) -> QueryResult:
        if plan.form == "CONSTRUCT":
            result: EngineResult = self._construct(plan, dataset, end)
        elif plan.form == "DESCRIBE":
            result = self._describe(plan, dataset, end)
        else:
            result = self._query(plan, dataset, end)
        return engine.serialize_result(result, query.solutions_format, query.graph_format, self._limits)

    def _query(self, plan: QueryPlan, dataset: QueryDataset | None, end: float) -> QuerySolutions | QueryBoolean:
        published = self._current_content(end)
        default, named = self._graphs(published, dataset)
        if not plan.may_use_graphs:
            named = []
        seconds = _seconds_left(end)
        template = self._settings.timeout or (_TIMEOUT if published.is_virtuoso else "")
        parameters = template.format(seconds=max(1, round(seconds)), milliseconds=max(1, round(seconds * 1000)))
        text = filters.compare_after_join(plan.text) if published.is_virtuoso else plan.text
        response = self._client.post(marker.query_request(text, default, named, parameters), seconds)
        booleans = boolean_variables(plan.text) if published.is_virtuoso else frozenset()
        return results.parse(response, Expectation(plan.limit, booleans))

    def _graphs(self, published: Published, dataset: QueryDataset | None) -> tuple[list[str], list[str]]:
        """Return the graphs for the default graph and those for GRAPH, without the internal graphs of the store."""
        if dataset is None:
            return [self._default], published.graphs or [NOTHING]
        known = set(published.graphs)
        return sorted(dataset.default & known) or [NOTHING], sorted(dataset.named & known) or [NOTHING]

    def _construct(self, plan: QueryPlan, dataset: QueryDataset | None, end: float) -> EngineResult:
        """Return the triples of the template for each solution (SPARQL 1.1 Query, section 16.2)."""
        found = self._query(plan, dataset, end)
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
        return rows.query(f"{plan.prologue}CONSTRUCT {plan.template} WHERE {{ {pattern} }}")

    def _describe(self, plan: QueryPlan, dataset: QueryDataset | None, end: float) -> EngineResult:
        """Return every triple with a described resource as its subject, as the engine of this project does."""
        resources = dict.fromkeys(engine.resolve_iris(plan.prologue, plan.resources))
        if plan.text:
            found = self._query(plan, dataset, end)
            names = _names(found)
            for solution in found if isinstance(found, QuerySolutions) else ():
                resources.update(
                    (value.value, None) for name in names if isinstance(value := solution[name], NamedNode)
                )
        triples = Store()
        if resources:
            values = " ".join(f"<{iri}>" for iri in resources)
            text = f"SELECT ?s ?p ?o WHERE {{ VALUES ?s {{ {values} }} ?s ?p ?o }}"
            found = self._query(QueryPlan("SELECT", "", text), dataset, end)
            for solution in found if isinstance(found, QuerySolutions) else ():
                triples.add(Quad(*_triple(solution["s"], solution["p"], solution["o"])))
        return triples.query("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }")


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


def _seconds_left(end: float) -> float:
    left = end - time.monotonic()
    if left <= 0:
        raise StoreLateError("no time is left for the query")
    return left

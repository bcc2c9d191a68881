"""Parses the results of a store: SPARQL 1.1 Query Results JSON, and the deviations of Virtuoso from it."""

import io
import json
from dataclasses import dataclass
from typing import Any, Final

from pyoxigraph import QueryBoolean, QueryResultsFormat, QuerySolutions, parse_query_results

from graph.remote.client import StoreResponse
from graph.remote.errors import StoreAnswerTooLargeError, StoreBrokenError, StoreLateError
from graph.sparql import formats
from ontology.terms import XSD

ACCEPT: Final = formats.JSON.media_type
_TYPES: Final = frozenset(formats.JSON.media_types)
_TRUTH: Final = {"0": "false", "1": "true"}
_ASK_VARIABLE: Final = "__ASK_RETVAL"


@dataclass(frozen=True)
class Expectation:
    """The LIMIT of a query, and its variables that can only be booleans."""

    limit: int | None = None
    booleans: frozenset[str] = frozenset()


def is_virtuoso(response: StoreResponse) -> bool:
    """Return whether a response comes from Virtuoso."""
    return str(response.headers.get("Server", "")).startswith("Virtuoso")


def parse(response: StoreResponse, expectation: Expectation) -> QuerySolutions | QueryBoolean:
    """Return the solutions or the boolean in a response.

    Raises ``StoreBrokenError`` when it is no SPARQL result in JSON, ``StoreLateError`` when it is incomplete
    because of a timeout, ``StoreAnswerTooLargeError`` when the store truncated it at a limit of its own.
    """
    if response.headers.get("X-SQL-State"):
        raise StoreLateError("the engine stopped the query and returned a partial result")
    if response.media_type not in _TYPES:
        raise StoreBrokenError(f"the engine returned {response.media_type} instead of {ACCEPT}")
    body = _repaired(response, expectation) if is_virtuoso(response) else response.body
    try:
        parsed = parse_query_results(io.BytesIO(body), QueryResultsFormat.JSON)
    except (SyntaxError, ValueError) as error:
        raise unreadable(error) from error
    return parsed


def unreadable(error: Exception) -> StoreBrokenError:
    """Return the error for a response that is no SPARQL result in JSON."""
    return StoreBrokenError(f"the response of the engine is not a SPARQL result in JSON: {error}")


def _repaired(response: StoreResponse, expectation: Expectation) -> bytes:
    """Return a response of Virtuoso in the form of the standard."""
    try:
        document: dict[str, Any] = json.loads(response.body)
        if "boolean" in document:
            return response.body
        bindings: list[dict[str, dict[str, str]]] = document["results"]["bindings"]
        _check_whole(response, len(bindings), expectation)
        if document["head"]["vars"] == [_ASK_VARIABLE]:
            truth = bool(bindings) and bindings[0][_ASK_VARIABLE]["value"] not in {"0", "false"}
            return json.dumps({"head": {}, "boolean": truth}).encode()
        for binding in bindings:
            for name, term in binding.items():
                _repair(name, term, expectation.booleans)
        plain = {"head": {"vars": document["head"]["vars"]}, "results": {"bindings": bindings}}
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        raise unreadable(error) from error
    return json.dumps(plain).encode()


def _check_whole(response: StoreResponse, rows: int, expectation: Expectation) -> None:
    """Refuse as many rows as the limit of Virtuoso, unless the query has a lower LIMIT itself."""
    most = str(response.headers.get("X-SPARQL-MaxRows", ""))
    if most.isdecimal() and rows >= int(most) and (expectation.limit is None or expectation.limit > int(most)):
        raise StoreAnswerTooLargeError(f"the engine returns at most {most} rows; raise its ResultSetMaxRows")


def _repair(name: str, term: dict[str, str], booleans: frozenset[str]) -> None:
    if term["type"] != "typed-literal":
        return
    term["type"] = "literal"
    if term["datatype"] == XSD.integer.value and name in booleans:
        term["datatype"] = XSD.boolean.value
    if term["datatype"] == XSD.boolean.value:
        term["value"] = _TRUTH.get(term["value"], term["value"])

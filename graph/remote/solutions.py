"""What a store answers: SPARQL 1.1 Query Results JSON, and the ways in which Virtuoso departs from it."""

import io
import json
from dataclasses import dataclass
from typing import Any, Final

from pyoxigraph import QueryBoolean, QueryResultsFormat, QuerySolutions, parse_query_results

from graph.remote.client import Reply
from graph.remote.errors import StoreAnswerTooLargeError, StoreBrokenError, StoreLateError
from graph.sparql import formats
from ontology.terms import XSD

ACCEPT: Final = formats.JSON.media_type
_TYPES: Final = frozenset(formats.JSON.media_types)
_TRUTH: Final = {"0": "false", "1": "true"}
_ASKED: Final = "__ASK_RETVAL"


@dataclass(frozen=True)
class Expected:
    """What is known of an answer before it is read: LIMIT of the query, and variables that can only be truth values."""

    limit: int | None = None
    booleans: frozenset[str] = frozenset()


def is_virtuoso(reply: Reply) -> bool:
    """Whether an answer comes from Virtuoso."""
    return str(reply.headers.get("Server", "")).startswith("Virtuoso")


def results(reply: Reply, expected: Expected) -> QuerySolutions | QueryBoolean:
    """Return the solutions or the truth value that a store answered.

    Raises ``StoreBrokenError`` when the answer is not what it says or was asked for, ``StoreLateError`` when it is
    incomplete because time was up, ``StoreAnswerTooLargeError`` when the store cut it at a limit of its own.
    """
    if reply.headers.get("X-SQL-State"):
        raise StoreLateError("the engine stopped the query and returned a partial result")
    if reply.media_type not in _TYPES:
        raise StoreBrokenError(f"the engine returned {reply.media_type} instead of {ACCEPT}")
    body = _mended(reply, expected) if is_virtuoso(reply) else reply.body
    try:
        parsed = parse_query_results(io.BytesIO(body), QueryResultsFormat.JSON)
    except (SyntaxError, ValueError) as error:
        raise unreadable(error) from error
    return parsed


def unreadable(error: Exception) -> StoreBrokenError:
    """Return the error for an answer that stops being JSON results somewhere."""
    return StoreBrokenError(f"the response of the engine is not a SPARQL result in JSON: {error}")


def _mended(reply: Reply, expected: Expected) -> bytes:
    """Return an answer of Virtuoso as the standard has it."""
    try:
        document: dict[str, Any] = json.loads(reply.body)
        if "boolean" in document:
            return reply.body
        bindings: list[dict[str, dict[str, str]]] = document["results"]["bindings"]
        _check_whole(reply, len(bindings), expected)
        if document["head"]["vars"] == [_ASKED]:
            truth = bool(bindings) and bindings[0][_ASKED]["value"] not in {"0", "false"}
            return json.dumps({"head": {}, "boolean": truth}).encode()
        for binding in bindings:
            for name, term in binding.items():
                _mend(name, term, expected.booleans)
        plain = {"head": {"vars": document["head"]["vars"]}, "results": {"bindings": bindings}}
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        raise unreadable(error) from error
    return json.dumps(plain).encode()


def _check_whole(reply: Reply, rows: int, expected: Expected) -> None:
    """Refuse as many rows as Virtuoso gives at most, unless the query asks for no more itself."""
    most = str(reply.headers.get("X-SPARQL-MaxRows", ""))
    if most.isdecimal() and rows >= int(most) and (expected.limit is None or expected.limit > int(most)):
        raise StoreAnswerTooLargeError(f"the engine returns at most {most} rows; raise its ResultSetMaxRows")


def _mend(name: str, term: dict[str, str], booleans: frozenset[str]) -> None:
    if term["type"] != "typed-literal":
        return
    term["type"] = "literal"
    if term["datatype"] == XSD.integer.value and name in booleans:
        term["datatype"] = XSD.boolean.value
    if term["datatype"] == XSD.boolean.value:
        term["value"] = _TRUTH.get(term["value"], term["value"])

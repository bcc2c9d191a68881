"""Reads requests of the SPARQL 1.1 Protocol (https://www.w3.org/TR/sparql11-protocol/#query-operation)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl

from werkzeug.http import parse_options_header

from endpoint.problems import RequestProblem

FORM: Final = "application/x-www-form-urlencoded"
QUERY: Final = "application/sparql-query"
UPDATE: Final = "application/sparql-update"

_MOST_PARAMETERS: Final = 1000
_UTF_8: Final = frozenset({"", "utf-8", "utf8"})
_UPDATE_REFUSED: Final = "this address only answers queries; SPARQL Update is not possible here"


@dataclass(frozen=True)
class QueryRequest:
    """A query operation. ``query`` is ``None`` when the request has none."""

    query: str | None
    default_graphs: tuple[str, ...]
    named_graphs: tuple[str, ...]
    formats: tuple[str, ...]


def from_url(query_string: bytes) -> QueryRequest:
    """Return the operation of a GET request; raise ``RequestProblem`` for one that cannot be read."""
    return _operation(_parameters(query_string))


def from_body(query_string: bytes, content_type: str, content_encoding: str, body: bytes) -> QueryRequest:
    """Return the operation of a POST request, by form or with the query as its body.

    Parameters in the URL count too. Raises ``RequestProblem`` for a request that cannot be read.
    """
    media_type, options = parse_options_header(content_type)
    if media_type == UPDATE:
        raise RequestProblem("update-refused", _UPDATE_REFUSED)
    if media_type not in {FORM, QUERY}:
        raise RequestProblem("media-type-unsupported", f"send the query as {QUERY} or {FORM}")
    if options.get("charset", "").lower() not in _UTF_8:
        raise RequestProblem("media-type-unsupported", "send the query in UTF-8")
    if content_encoding not in {"", "identity"}:
        raise RequestProblem("media-type-unsupported", "send the request body without compression")
    parameters = _parameters(query_string)
    if media_type == FORM:
        return _operation([*parameters, *_parameters(body)], needs_query=True)
    return _operation([*parameters, ("query", _decoded(body))])


def _operation(parameters: Sequence[tuple[str, str]], *, needs_query: bool = False) -> QueryRequest:
    queries = _values(parameters, "query")
    if _values(parameters, "update"):
        raise RequestProblem("update-refused", _UPDATE_REFUSED)
    if len(queries) > 1:
        raise RequestProblem("parameter-repeated", "the request has more than one query; send one request for each")
    if needs_query and not queries:
        raise RequestProblem("query-missing", "the form has no parameter 'query'")
    return QueryRequest(
        queries[0] if queries else None,
        _values(parameters, "default-graph-uri"),
        _values(parameters, "named-graph-uri"),
        (*_values(parameters, "format"), *_values(parameters, "output")),
    )


def _values(parameters: Sequence[tuple[str, str]], name: str) -> tuple[str, ...]:
    return tuple(value for given, value in parameters if given == name)


def _parameters(encoded: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(_decoded(encoded), keep_blank_values=True, errors="strict", max_num_fields=_MOST_PARAMETERS)
    except UnicodeDecodeError:
        raise RequestProblem("encoding-invalid", "a parameter is not encoded in UTF-8") from None
    except ValueError:
        raise RequestProblem("request-invalid", f"the request has more than {_MOST_PARAMETERS} parameters") from None


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise RequestProblem("encoding-invalid", f"the request is not UTF-8 at byte {error.start}") from None

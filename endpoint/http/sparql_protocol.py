"""Reads requests of the SPARQL 1.1 Protocol (https://www.w3.org/TR/sparql11-protocol/#protocol)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl

from pyoxigraph import NamedNode
from werkzeug.http import parse_options_header

from endpoint.http.memoize import remembered
from endpoint.http.problems import RequestProblem
from graph.updates.evaluate import Update

FORM: Final = "application/x-www-form-urlencoded"
QUERY: Final = "application/sparql-query"
UPDATE: Final = "application/sparql-update"

_MOST_PARAMETERS: Final = 1000
_SECONDS: Final = re.compile(r"[0-9]{1,9}(?:\.[0-9]{0,9})?|\.[0-9]{1,9}", re.ASCII)
_UTF_8: Final = frozenset({"", "utf-8", "utf8"})
_UPDATE_REFUSED: Final = "this address only answers queries; send updates to /update"
_QUERY_REFUSED: Final = "this address only takes updates; send queries to /sparql"


@dataclass(frozen=True)
class QueryRequest:
    """A query operation.

    ``query`` is ``None`` when the request has none, and ``seconds``, for which it may run, when it does not say.
    ``given`` are all parameters, these and others, in their order; two operations that differ in them alone are equal.
    """

    query: str | None
    default_graphs: tuple[str, ...]
    named_graphs: tuple[str, ...]
    formats: tuple[str, ...]
    downloads: tuple[str, ...] = ()
    seconds: float | None = None
    given: tuple[tuple[str, str], ...] = field(default=(), compare=False)


def from_url(query_string: bytes) -> QueryRequest:
    """Return the operation of a GET request; raise ``RequestProblem`` for one that cannot be read."""
    return _operation(parameters(query_string))


# What answers a request reads it again, after the layer in front has looked for an answer that is kept.
@remembered(256, longest=4_000)
def from_body(query_string: bytes, content_type: str, content_encoding: str, body: bytes) -> QueryRequest:
    """Return the operation of a POST request, by form or with the query as its body.

    Parameters in the URL count too. Raises ``RequestProblem`` for a request that cannot be read.
    """
    if _media_type(content_type)[0] == UPDATE:
        raise RequestProblem("update-refused", _UPDATE_REFUSED)
    is_form = _is_form(content_type, content_encoding, "query", QUERY)
    in_url = parameters(query_string)
    if is_form:
        return _operation([*in_url, *parameters(body)], needs_query=True)
    return _operation([*in_url, ("query", _decoded(body))])


def update_from_body(query_string: bytes, content_type: str, content_encoding: str, body: bytes) -> Update:
    """Return the update operation of a POST request, by form or with the update as its body (section 2.2).

    Parameters in the URL count too. Raises ``RequestProblem`` for a request that cannot be read.
    """
    if _media_type(content_type)[0] == QUERY:
        raise RequestProblem("query-refused", _QUERY_REFUSED)
    is_form = _is_form(content_type, content_encoding, "update", UPDATE)
    sent = [*parameters(query_string), *(parameters(body) if is_form else [("update", _decoded(body))])]
    if _values(sent, "query"):
        raise RequestProblem("query-refused", _QUERY_REFUSED)
    found = _values(sent, "update")
    if not found:
        raise RequestProblem("update-missing", "the form has no parameter 'update'")
    if len(found) > 1:
        raise RequestProblem("parameter-repeated", "the request has more than one update; join them with ';'")
    using, using_named = _values(sent, "using-graph-uri"), _values(sent, "using-named-graph-uri")
    for name in (*using, *using_named):
        _check_graph_name(name)
    return Update(found[0], using, using_named)


def parameters(encoded: bytes) -> list[tuple[str, str]]:
    """Return the parameters of a URL or form, in their order; raise ``RequestProblem`` when they cannot be read."""
    if not encoded:
        return []
    try:
        return parse_qsl(_decoded(encoded), keep_blank_values=True, errors="strict", max_num_fields=_MOST_PARAMETERS)
    except UnicodeDecodeError:
        raise RequestProblem("encoding-invalid", "a parameter is not encoded in UTF-8") from None
    except ValueError:
        raise RequestProblem("request-invalid", f"the request has more than {_MOST_PARAMETERS} parameters") from None


def _is_form(content_type: str, content_encoding: str, what: str, direct: str) -> bool:
    """Whether a body is a form and not of the media type ``direct``; raise ``RequestProblem`` for any other."""
    media_type, options = _media_type(content_type)
    if media_type not in {FORM, direct}:
        raise RequestProblem("media-type-unsupported", f"send the {what} as {direct} or {FORM}")
    if options.get("charset", "").lower() not in _UTF_8:
        raise RequestProblem("media-type-unsupported", f"send the {what} in UTF-8")
    if content_encoding not in {"", "identity"}:
        raise RequestProblem("media-type-unsupported", "send the request body without compression")
    return media_type == FORM


@remembered(64, longest=200)
def _media_type(content_type: str) -> tuple[str, dict[str, str]]:
    """Return the media type and its parameters; neither case nor white space tells media types apart."""
    media_type, options = parse_options_header(content_type)
    return media_type.strip().lower(), options


def _check_graph_name(name: str) -> None:
    try:
        NamedNode(name)
    except ValueError:
        raise RequestProblem(
            "graph-name-invalid", f"'{name[:200]}' is not an absolute IRI, so it cannot name a graph"
        ) from None


def _operation(given: Sequence[tuple[str, str]], *, needs_query: bool = False) -> QueryRequest:
    queries = _values(given, "query")
    if _values(given, "update"):
        raise RequestProblem("update-refused", _UPDATE_REFUSED)
    if len(queries) > 1:
        raise RequestProblem("parameter-repeated", "the request has more than one query; send one request for each")
    if needs_query and not queries:
        raise RequestProblem("query-missing", "the form has no parameter 'query'")
    return QueryRequest(
        queries[0] if queries else None,
        _values(given, "default-graph-uri"),
        _values(given, "named-graph-uri"),
        (*_values(given, "format"), *_values(given, "output")),
        _values(given, "download"),
        _seconds(_values(given, "timeout")),
        tuple(given),
    )


def _seconds(wished: tuple[str, ...]) -> float | None:
    """Return for how many seconds the query may run, or ``None`` when the request does not say."""
    if not wished:
        return None
    if len(wished) > 1:
        raise RequestProblem("parameter-repeated", "the request has more than one 'timeout'")
    if not _SECONDS.fullmatch(wished[0]) or not float(wished[0]):
        raise RequestProblem("parameter-invalid", "write 'timeout' as a positive number of seconds, such as 5 or 0.5")
    return float(wished[0])


def _values(given: Sequence[tuple[str, str]], name: str) -> tuple[str, ...]:
    return tuple(value for parameter, value in given if parameter == name)


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise RequestProblem("encoding-invalid", f"the request is not UTF-8 at byte {error.start}") from None

"""Reads requests of the SPARQL 1.1 Protocol (https://www.w3.org/TR/sparql11-protocol/#protocol)."""

import dataclasses
import functools
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl

from pyoxigraph import NamedNode
from werkzeug.http import parse_options_header

from endpoint.http import negotiation
from endpoint.http.headers import HeaderList
from endpoint.http.memoize import memoize
from endpoint.http.negotiation import NegotiatedFormat
from endpoint.http.problems import Problem
from graph.sparql import formats
from graph.sparql.engine import Query, QueryResult
from graph.sparql.formats import Format, GraphFormat, SolutionsFormat
from graph.updates.evaluate import UpdateRequest

FORM: Final = "application/x-www-form-urlencoded"
QUERY: Final = "application/sparql-query"
UPDATE: Final = "application/sparql-update"
PATH: Final = "/sparql"

_MOST_PARAMETERS: Final = 1000
_SECONDS: Final = re.compile(r"[0-9]{1,9}(?:\.[0-9]{0,9})?|\.[0-9]{1,9}", re.ASCII)
_UTF_8: Final = frozenset({"", "utf-8", "utf8"})
_UPDATE_REFUSED: Final = "this endpoint accepts only queries; send updates to /update"
_QUERY_REFUSED: Final = "this endpoint accepts only updates; send queries to /sparql"
_KEY_BYTES: Final = 16
# Functions with a new value at each call. Their names in strings and comments count too, which does no harm, and so do
# escaped characters, which may stand for a letter of such a name.
_VOLATILE: Final = re.compile(r"(?<![?$:\w])(?:NOW|RAND|UUID|STRUUID)(?!\w)|\\u", re.IGNORECASE)
# Substrings are found faster, and hardly any query has one of these.
_VOLATILE_LETTERS: Final = ("NOW", "RAND", "UUID", "\\U")
# What else may change a response, beside the query, its dataset and its formats.
_KEY_PARAMETERS: Final = frozenset({"timeout", "download"})


@dataclass(frozen=True)
class SparqlRequest:
    """A request to the query endpoint, with the formats that were negotiated for the response.

    ``query`` is ``None`` for a request for the service description, ``timeout`` (seconds) when the client sets none.
    ``solutions_format`` is for SELECT and ASK, ``graph_format`` for CONSTRUCT and DESCRIBE; each is ``None`` when the
    client accepts none of the formats. ``formats`` and ``downloads`` are the values of the parameters ``format`` or
    ``output``, and ``download``; ``parameters`` are all of them in their order. ``as_page`` says that the client wants
    a page to read.
    """

    query: str | None
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    solutions_format: NegotiatedFormat[SolutionsFormat] | None = None
    graph_format: NegotiatedFormat[GraphFormat] | None = None
    formats: tuple[str, ...] = ()
    downloads: tuple[str, ...] = ()
    timeout: float | None = None
    parameters: tuple[tuple[str, str], ...] = ()
    as_page: bool = False

    @functools.cached_property
    def cache_key(self) -> bytes | None:
        """The key of the response in the cache, the same for GET, form and body; ``None`` if it cannot be cached."""
        if self.query is None or _is_volatile(self.query):
            return None
        return digest(
            PATH,
            self.query,
            repr(self.default_graphs),
            repr(self.named_graphs),
            _format_key(self.solutions_format),
            _format_key(self.graph_format),
            repr(self.as_page),
            repr(sorted((name, value) for name, value in self.parameters if name in _KEY_PARAMETERS)),
        )

    def for_spreadsheet(self) -> "SparqlRequest":
        """Return the request with a result for spreadsheet programs, whatever was negotiated."""
        spreadsheet = NegotiatedFormat(formats.SPREADSHEET, formats.SPREADSHEET.media_type)
        return dataclasses.replace(self, solutions_format=spreadsheet, graph_format=None)

    def for_page(self) -> "SparqlRequest":
        """Return the request with a result that a page is made from, whatever was negotiated."""
        solutions, graph = formats.TSV, formats.N_TRIPLES
        return dataclasses.replace(
            self,
            solutions_format=NegotiatedFormat(solutions, solutions.media_type),
            graph_format=NegotiatedFormat(graph, graph.media_type),
        )

    def to_query(self) -> Query:
        """Return the query for the engine, with the formats for its result."""
        return Query(
            self.query or "",
            self.default_graphs,
            self.named_graphs,
            self.solutions_format.format if self.solutions_format else None,
            self.graph_format.format if self.graph_format else None,
        )

    def response_headers(self, result: QueryResult) -> HeaderList:
        """Return the headers of the response with a result."""
        negotiated = self.graph_format if result.kind == "graph" else self.solutions_format
        return [
            ("content-type", negotiated.content_type if negotiated else result.format.media_type),
            ("vary", "Accept"),
            # Results of other endpoints do not belong to a version of the graph, so that no cache may store them.
            ("cache-control", "no-store" if result.federated else "public"),
        ]


# To parse and negotiate takes longer than the rest of a response from the cache.
@memoize(2_000, longest=4_000)
def from_url(query_string: bytes, accept: str | None = None) -> SparqlRequest:
    """Return the request of a GET with this query string and header ``Accept``; raise ``Problem`` if it is invalid."""
    return _query_request(parameters(query_string), accept)


def from_body(
    query_string: bytes, content_type: str, content_encoding: str, body: bytes, accept: str | None = None
) -> SparqlRequest:
    """Return the request of a POST, by form or with the query as its body.

    Parameters in the URL count too. Raises ``Problem`` for an invalid request.
    """
    if _media_type(content_type)[0] == UPDATE:
        raise Problem("update-refused", _UPDATE_REFUSED)
    is_form = _is_form(content_type, content_encoding, "query", QUERY)
    in_url = parameters(query_string)
    if is_form:
        return _query_request([*in_url, *parameters(body)], accept, needs_query=True)
    return _query_request([*in_url, ("query", _decode(body))], accept)


def digest(*parts: str) -> bytes:
    """Return a key for the ``parts`` of a request that determine its response."""
    return hashlib.blake2b(repr(parts).encode("utf-8", "surrogatepass"), digest_size=_KEY_BYTES).digest()


def update_from_body(query_string: bytes, content_type: str, content_encoding: str, body: bytes) -> UpdateRequest:
    """Return the update operation of a POST request, by form or with the update as its body (section 2.2).

    Parameters in the URL count too. Raises ``Problem`` for a request that cannot be read.
    """
    if _media_type(content_type)[0] == QUERY:
        raise Problem("query-refused", _QUERY_REFUSED)
    is_form = _is_form(content_type, content_encoding, "update", UPDATE)
    sent = [*parameters(query_string), *(parameters(body) if is_form else [("update", _decode(body))])]
    if _values(sent, "query"):
        raise Problem("query-refused", _QUERY_REFUSED)
    updates = _values(sent, "update")
    if not updates:
        raise Problem("update-missing", "the form has no parameter 'update'")
    if len(updates) > 1:
        raise Problem("parameter-repeated", "the request has more than one update; join them with ';'")
    using, using_named = _named(sent, "using-graph-uri"), _named(sent, "using-named-graph-uri")
    for name in (*using, *using_named):
        _check_graph_name(name)
    return UpdateRequest(updates[0], using, using_named)


def parameters(encoded: bytes) -> list[tuple[str, str]]:
    """Return the parameters of a URL or form, in their order; raise ``Problem`` when they cannot be read."""
    if not encoded:
        return []
    try:
        return parse_qsl(_decode(encoded), keep_blank_values=True, errors="strict", max_num_fields=_MOST_PARAMETERS)
    except UnicodeDecodeError:
        raise Problem("encoding-invalid", "a parameter is not encoded in UTF-8") from None
    except ValueError:
        raise Problem("request-invalid", f"the request has more than {_MOST_PARAMETERS} parameters") from None


def _is_form(content_type: str, content_encoding: str, what: str, direct: str) -> bool:
    """Whether a body is a form and not of the media type ``direct``; raise ``Problem`` for any other."""
    media_type, options = _media_type(content_type)
    if media_type not in {FORM, direct}:
        raise Problem("media-type-unsupported", f"send the {what} as {direct} or {FORM}")
    if options.get("charset", "").lower() not in _UTF_8:
        raise Problem("media-type-unsupported", f"send the {what} in UTF-8")
    if content_encoding not in {"", "identity"}:
        raise Problem("media-type-unsupported", "send the request body without compression")
    return media_type == FORM


@memoize(64, longest=200)
def _media_type(content_type: str) -> tuple[str, dict[str, str]]:
    """Return the media type and its parameters; neither case nor white space tells media types apart."""
    media_type, options = parse_options_header(content_type)
    return media_type.strip().lower(), options


def _check_graph_name(name: str) -> None:
    try:
        NamedNode(name)
    except ValueError:
        raise Problem(
            "graph-name-invalid", f"'{name[:200]}' is not an absolute IRI, so it cannot name a graph"
        ) from None


def _query_request(sent: Sequence[tuple[str, str]], accept: str | None, *, needs_query: bool = False) -> SparqlRequest:
    queries = _values(sent, "query")
    if _values(sent, "update"):
        raise Problem("update-refused", _UPDATE_REFUSED)
    if len(queries) > 1:
        raise Problem("parameter-repeated", "the request has more than one query; send one request for each")
    if needs_query and not queries:
        raise Problem("query-missing", "the form has no parameter 'query'")
    timeout = _timeout(_values(sent, "timeout"))
    named_formats = (*_values(sent, "format"), *_values(sent, "output"))
    solutions_format, graph_format = negotiation.negotiate(accept, named_formats)
    return SparqlRequest(
        queries[0] if queries else None,
        _named(sent, "default-graph-uri"),
        _named(sent, "named-graph-uri"),
        solutions_format,
        graph_format,
        named_formats,
        _values(sent, "download"),
        timeout,
        tuple(sent),
        negotiation.prefers_page(accept, named_formats),
    )


def _timeout(values: tuple[str, ...]) -> float | None:
    """Return the time limit in seconds; neither an empty value nor 0, which forms send, asks for one."""
    if len(values) > 1:
        raise Problem("parameter-repeated", "the request has more than one 'timeout'")
    if not values or not values[0]:
        return None
    if not _SECONDS.fullmatch(values[0]):
        raise Problem("parameter-invalid", "write 'timeout' as a number of seconds, such as 5 or 0.5")
    return float(values[0]) or None


def _is_volatile(query: str) -> bool:
    letters = query.upper()
    return any(name in letters for name in _VOLATILE_LETTERS) and _VOLATILE.search(query) is not None


def _format_key(negotiated: NegotiatedFormat[Format] | None) -> str:
    return f"{negotiated.format.label} {negotiated.content_type}" if negotiated else ""


def _values(sent: Sequence[tuple[str, str]], name: str) -> tuple[str, ...]:
    return tuple(value for parameter, value in sent if parameter == name)


def _named(sent: Sequence[tuple[str, str]], name: str) -> tuple[str, ...]:
    """Return the values of a parameter that names graphs; forms send an empty one for no choice."""
    return tuple(value for value in _values(sent, name) if value)


def _decode(content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Problem("encoding-invalid", f"the request is not valid UTF-8 at byte {error.start}") from None

"""The client that queries other SPARQL endpoints: only at permitted addresses, and within limits on the response.

It follows no redirects, uses no proxy, accepts no content coding, and sends nothing but the query. It renders the
results as rows of a VALUES clause, serializing every term itself.
"""

import http.client
import re
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from typing import Final
from urllib.parse import urlencode

from pyoxigraph import BlankNode, Literal, NamedNode, QueryResultsFormat, QuerySolutions, parse_query_results

from graph.federation import addresses as service_addresses
from graph.federation.addresses import Address, Endpoint
from graph.federation.messages import ServiceRequest, ServiceSolutions
from graph.federation.settings import FederationSettings
from graph.sparql import formats
from graph.sparql.errors import ServiceFailed, ServiceTooLarge, ServiceTooSlow
from ontology.rdf import AnyTerm

Resolve = Callable[[str, int], list[str]]
_FORMATS: Final = {
    formats.JSON.media_type: QueryResultsFormat.JSON,
    formats.XML.media_type: QueryResultsFormat.XML,
}
_HEADERS: Final = {
    "Accept": ", ".join(_FORMATS),
    "Accept-Encoding": "identity",
    "Connection": "close",
    "Content-Type": "application/x-www-form-urlencoded",
    "User-Agent": "opsc (SPARQL SERVICE)",
}
_CHUNK_BYTES: Final = 65_536
_IRI: Final = re.compile(r'[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>"{}|^`\\]*')
_LANGUAGE: Final = re.compile(r"[A-Za-z]+(?:-[A-Za-z0-9]+)*")


def resolve_host(host: str, port: int) -> list[str]:
    """Return the IP addresses of ``host`` from the system's resolver; raise ``OSError`` when there are none."""
    results = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in results))


class ServiceClient:
    """Queries the endpoints of the settings, within their limits."""

    def __init__(self, settings: FederationSettings, resolve: Resolve = resolve_host) -> None:
        self._settings = settings
        self._resolve = resolve

    def fetch_solutions(self, request: ServiceRequest, mark: str) -> ServiceSolutions:
        """Return the solutions of ``request``; literals of the datatype ``mark`` stand for blank nodes.

        Raises ``ServiceFailed``, ``ServiceTooSlow`` or ``ServiceTooLarge``.
        """
        endpoint = self._settings.endpoints[request.endpoint]
        try:
            results_format, body = self._query(endpoint, f"{request.query}\nLIMIT {self._settings.rows + 1}")
        except TimeoutError as error:
            raise ServiceTooSlow(too_slow_message(endpoint.iri, self._settings.seconds)) from error
        except ssl.SSLError as error:
            raise _failed(endpoint, "has no valid TLS certificate") from error
        except (OSError, http.client.HTTPException) as error:
            raise _failed(endpoint, "cannot be reached, or closed the connection early") from error
        try:
            rows = list(self._rows(endpoint, request.variables, results_format, body))
        except SyntaxError as error:
            raise _failed(endpoint, "returned results that cannot be parsed") from error
        return _values_rows(endpoint, request.variables, rows, mark)

    def _query(self, endpoint: Endpoint, query: str) -> tuple[QueryResultsFormat, bytes]:
        deadline = time.monotonic() + self._settings.seconds
        connection = _Connection(endpoint, self._addresses(endpoint), self._settings.seconds)
        try:
            headers = {"Host": endpoint.authority, **_HEADERS}
            connection.request("POST", endpoint.path, urlencode({"query": query}), headers)
            response = connection.getresponse()
            results_format = _results_format(endpoint, response)
            return results_format, self._read_body(endpoint, response, deadline)
        finally:
            connection.close()

    def _addresses(self, endpoint: Endpoint) -> list[Address]:
        """Return the IP addresses of an endpoint; raise ``ServiceFailed`` unless all of them are permitted."""
        literal = service_addresses.literal(endpoint.host)
        if literal is not None:
            resolved: list[Address | None] = [literal]
        else:
            resolved = [service_addresses.literal(text) for text in self._resolve(endpoint.host, endpoint.port)]
        valid = [address for address in resolved if address is not None]
        if len(valid) < len(resolved) or not service_addresses.may_be_reached(valid, self._settings.exceptions):
            raise _failed(endpoint, "has an address that is not public; this server does not connect to it")
        return valid

    def _read_body(self, endpoint: Endpoint, response: http.client.HTTPResponse, deadline: float) -> bytes:
        max_bytes = self._settings.size
        body = bytearray()
        while chunk := response.read1(_CHUNK_BYTES):
            body += chunk
            if len(body) > max_bytes:
                raise ServiceTooLarge(too_large_message(endpoint.iri, f"{max_bytes} bytes"))
            if time.monotonic() > deadline:
                raise TimeoutError
        if response.length:
            raise http.client.IncompleteRead(bytes(body), response.length)
        return bytes(body)

    def _rows(
        self, endpoint: Endpoint, variables: tuple[str, ...], results_format: QueryResultsFormat, body: bytes
    ) -> Iterator[list[AnyTerm | None]]:
        results = parse_query_results(body, results_format)
        if not isinstance(results, QuerySolutions):
            raise _failed(endpoint, "returned a boolean instead of solutions")
        indexes = {variable.value: index for index, variable in enumerate(results.variables)}
        columns = [indexes.get(variable) for variable in variables]
        for number, solution in enumerate(results, 1):
            if number > self._settings.rows:
                raise ServiceTooLarge(too_large_message(endpoint.iri, f"{self._settings.rows} solutions"))
            yield [None if column is None else solution[column] for column in columns]


class _Connection(http.client.HTTPConnection):
    """A connection to the first reachable of several addresses; TLS checks the host name of the endpoint."""

    def __init__(self, endpoint: Endpoint, addresses: list[Address], seconds: float) -> None:
        super().__init__(endpoint.host, endpoint.port, timeout=seconds)
        self._endpoint = endpoint
        self._addresses = addresses

    def connect(self) -> None:
        for address in self._addresses[:-1]:
            try:
                self._connect_to(address)
            except OSError:
                # The endpoint has further addresses; the error of the last one is reported.
                continue
            return
        self._connect_to(self._addresses[-1])

    def _connect_to(self, address: Address) -> None:
        self.sock = socket.create_connection((str(address), self._endpoint.port), self.timeout)
        if self._endpoint.scheme == "https":
            context = ssl.create_default_context()
            self.sock = context.wrap_socket(self.sock, server_hostname=self._endpoint.host)


def too_slow_message(endpoint: str, seconds: float) -> str:
    """Return the message for an endpoint that did not respond within ``seconds``."""
    return (
        f"the endpoint <{endpoint}> did not respond within {seconds:g} seconds; narrow the SERVICE, or try again later"
    )


def too_large_message(endpoint: str, limit: str) -> str:
    """Return the message for an endpoint whose response exceeds ``limit``."""
    return f"the endpoint <{endpoint}> returned more than {limit}; narrow the SERVICE clause, for example with VALUES"


def _failed(endpoint: Endpoint, reason: str) -> ServiceFailed:
    return ServiceFailed(f"the endpoint <{endpoint.iri}> {reason}; query it directly, or remove the SERVICE")


def _results_format(endpoint: Endpoint, response: http.client.HTTPResponse) -> QueryResultsFormat:
    """Return the results format of a response; raise ``ServiceFailed`` for any other response."""
    if response.status // 100 == http.client.MULTIPLE_CHOICES // 100:
        raise _failed(endpoint, "redirects to another URL, and redirects are not followed")
    if response.status != http.client.OK:
        raise _failed(endpoint, f"responded with status {response.status}")
    if response.getheader("Content-Encoding", "identity").strip().lower() != "identity":
        raise _failed(endpoint, "returned a compressed response, which was not requested")
    media_type = response.getheader("Content-Type", "").partition(";")[0].strip().lower()
    if media_type not in _FORMATS:
        raise _failed(endpoint, "returned neither SPARQL results in JSON nor in XML")
    return _FORMATS[media_type]


def _values_rows(
    endpoint: Endpoint, variables: tuple[str, ...], rows: list[list[AnyTerm | None]], mark: str
) -> ServiceSolutions:
    labels: dict[str, str] = {}
    lines = []
    for row in rows:
        terms = [_to_sparql(endpoint, term, labels, mark) for term in row]
        lines.append(f"({' '.join(terms)})")
    blank = {column for row in rows for column, term in enumerate(row) if isinstance(term, BlankNode)}
    return ServiceSolutions("\n".join(lines), tuple(variables[column] for column in sorted(blank)))


def _to_sparql(endpoint: Endpoint, term: AnyTerm | None, labels: dict[str, str], mark: str) -> str:
    """Return ``term`` in the syntax of VALUES; raise ``ServiceFailed`` for a term outside of RDF 1.1."""
    match term:
        case None:
            return "UNDEF"
        case NamedNode() if _IRI.fullmatch(term.value):
            return f"<{term.value}>"
        case BlankNode():
            return f'"{labels.setdefault(term.value, f"n{len(labels)}")}"^^<{mark}>'
        case Literal() if _is_rdf_1_1(term):
            return str(term)
    raise _failed(endpoint, "returned terms that are not RDF 1.1")


def _is_rdf_1_1(literal: Literal) -> bool:
    has_valid_language = literal.language is None or _LANGUAGE.fullmatch(literal.language) is not None
    return has_valid_language and literal.direction is None and _IRI.fullmatch(literal.datatype.value) is not None

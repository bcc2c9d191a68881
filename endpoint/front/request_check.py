"""Refuses a request by the length of its headers and its request line, before anything in it is parsed.

The event loop parses headers for every client in turn, so that the time for one of them must not grow with what its
client sends. Unlike ``OPSC_HEADER_BYTES``, which bounds the head of a request as a whole, these limits are those of
each header.
"""

from typing import Final

from endpoint.http.problems import Problem
from endpoint.http.rsgi import RequestHeaders, Scope

# Characters of all lines of a header together.
_LONGEST: Final = {
    "accept": 4_000,
    "accept-charset": 500,
    "accept-datetime": 100,
    "accept-encoding": 500,
    "accept-language": 1_000,
    "content-encoding": 100,
    "content-length": 20,
    "content-type": 500,
    "host": 500,
    "if-match": 1_000,
    "if-modified-since": 100,
    "if-none-match": 1_000,
    "if-range": 200,
    "if-unmodified-since": 100,
    "range": 200,
    "transfer-encoding": 100,
    "x-forwarded-for": 1_000,
    "x-forwarded-proto": 100,
}
_LONGEST_OF_OTHERS: Final = 8_000
# Requests up to these lengths take so little time that they are parsed before they are counted.
_SHORT_QUERY: Final = 2_000
_SHORT_ACCEPT: Final = 500
_UNIT: Final = 1_000


def check(scope: Scope, headers: RequestHeaders) -> None:
    """Raise ``Problem`` for a header that is too long, and for a request that another server could read differently.

    That is one with a transfer coding beside ``chunked``, which this server does not decode (RFC 9112, section 6.1),
    and one whose target is no path (section 3.2): the authority form is for proxies.
    """
    lengths: dict[str, int] = {}
    for name, value in headers.items():
        length = lengths[name] = lengths.get(name, 0) + len(value)
        if length > (longest := _LONGEST.get(name, _LONGEST_OF_OTHERS)):
            shown = name.title()[:100]
            raise Problem("headers-too-large", f"the header {shown} has more than {longest} characters")
    if "transfer-encoding" in lengths:
        codings = ",".join(headers.get_all("transfer-encoding"))
        if codings.strip().lower() != "chunked":
            raise Problem("request-invalid", "send the request body without a transfer coding, or with chunked alone")
    if not scope.path.startswith("/") and scope.method not in {"OPTIONS", "CONNECT"}:
        raise Problem("request-invalid", "the target of the request is not a path; write it as /sparql")


def is_short(scope: Scope, headers: RequestHeaders) -> bool:
    """Return whether the request can be parsed in the event loop, whatever is in it."""
    return len(scope.query_string) <= _SHORT_QUERY and len(headers.get("accept") or "") <= _SHORT_ACCEPT


def is_short_body(body: bytes) -> bool:
    """Return whether a form or a query as a body can be parsed in the event loop, whatever is in it."""
    return len(body) <= _SHORT_QUERY


def is_short_query(query: str) -> bool:
    """Return whether a query can be checked by the guard in the event loop."""
    return len(query) <= _SHORT_QUERY


def cost(scope: Scope, headers: RequestHeaders) -> int:
    """Return as how many requests one counts: one more for each 1,000 characters that are to be parsed."""
    return 1 + (len(scope.query_string) + len(headers.get("accept") or "")) // _UNIT


def cost_of_body(body: bytes) -> int:
    """Return as how many requests the body of a request to the query endpoint counts."""
    return len(body) // _UNIT

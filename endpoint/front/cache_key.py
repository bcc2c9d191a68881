"""What determines an answer, beside the version: requests with the same key get the same answer.

A query has one key however it is sent: by GET, as a form, or as a body. For other addresses the path, the parameters
and the headers that ``Vary`` named count.
"""

import hashlib
import re
from collections import OrderedDict
from collections.abc import Callable, Collection
from typing import Final, NamedTuple

from endpoint.http import sparql_protocol
from endpoint.http.memoize import remembered
from endpoint.http.negotiation import Choice
from endpoint.http.problems import RequestProblem
from endpoint.http.sparql_protocol import QueryRequest
from endpoint.http.sparql_request import Question, question
from graph.sparql.formats import Format

QUERIES: Final = "/sparql"

_KEY_BYTES: Final = 16
_MOST_VARYING: Final = 10_000
# Functions whose value is another one each time. A name in a string or a comment counts as well: it does no harm.
# So does an escaped character, which may stand for a letter of such a name.
_EVER_NEW: Final = re.compile(r"(?<![?$:\w])(?:NOW|RAND|UUID|STRUUID)(?!\w)|\\u", re.IGNORECASE)
# To look for their letters takes less time, and hardly any query has them.
_LETTERS_OF_THESE: Final = ("NOW", "RAND", "UUID", "\\U")
_DETERMINING: Final = frozenset({"query", "default-graph-uri", "named-graph-uri", "format", "output"})
_NEVER_VARIES: Final = frozenset({"accept-encoding"})

_OF_QUERIES: Final = frozenset({"accept"})

HeaderValue = Callable[[str], str | None]


class Address(NamedTuple):
    """What a request asks for; ``question`` is the query that it asks, if it asks one."""

    digest: bytes
    question: Question | None = None

    @property
    def considered(self) -> frozenset[str]:
        """The headers that have had their say already."""
        return _OF_QUERIES if self.question else frozenset()


class Varying:
    """By which headers of a request the answers at an address differ, as they said themselves."""

    def __init__(self) -> None:
        self._names: OrderedDict[bytes, tuple[str, ...]] = OrderedDict()

    def key(self, address: bytes, header: HeaderValue) -> bytes | None:
        """Return the key of a request for ``address``, or ``None`` when nothing has been answered there."""
        names = self._names.get(address)
        if names is None:
            return None
        return digest(address.hex(), *(f"{name}: {header(name)}" for name in names)) if names else address

    def learn(self, address: bytes, vary: str, considered: Collection[str] = ()) -> bool:
        """Note the ``Vary`` of an answer; return whether answers can be kept at all.

        What is already in the key of the address need not be counted again.
        """
        names = {name.strip().lower() for name in vary.split(",") if name.strip()} - _NEVER_VARIES - {*considered}
        if "*" in names:
            return False
        self._names[address] = tuple(sorted(names.union(self._names.get(address, ()))))
        self._names.move_to_end(address)
        if len(self._names) > _MOST_VARYING:
            self._names.popitem(last=False)
        return True


def digest(*parts: str) -> bytes:
    """Return a key for ``parts``."""
    return hashlib.blake2b(repr(parts).encode("utf-8", "surrogatepass"), digest_size=_KEY_BYTES).digest()


# To read and negotiate takes longer than all else that a kept answer needs.
@remembered(2_000, longest=4_000)
def of_url(query_string: str, accept: str | None) -> Address | None:
    """Return what a query by GET asks for, or ``None``.

    That is when there is no query, it is ever new, or no answer to it is kept.
    """
    try:
        return _of_query(sparql_protocol.from_url(query_string.encode()), accept)
    except RequestProblem:
        return None


def of_body(query_string: str, content_type: str, encoding: str, body: bytes, accept: str | None) -> Address | None:
    """Return what a query by POST asks for, as :func:`of_url` does."""
    try:
        return _of_query(sparql_protocol.from_body(query_string.encode(), content_type, encoding, body), accept)
    except RequestProblem:
        return None


def _of_query(asked: QueryRequest, accept: str | None) -> Address | None:
    """Return what counts of a query: its text, its dataset, the chosen formats, and all parameters not known here."""
    if asked.query is None or _is_ever_new(asked.query):
        return None
    asking = question(asked, accept)
    chosen = asking.choices
    others = sorted((name, value) for name, value in asked.given if name not in _DETERMINING)
    return Address(
        digest(
            QUERIES,
            asked.query,
            repr(asked.default_graphs),
            repr(asked.named_graphs),
            _named(chosen.solutions),
            _named(chosen.graph),
            repr(others),
        ),
        asking,
    )


def _is_ever_new(query: str) -> bool:
    letters = query.upper()
    return any(one in letters for one in _LETTERS_OF_THESE) and _EVER_NEW.search(query) is not None


def _named(choice: Choice[Format] | None) -> str:
    return f"{choice.format.label} {choice.content_type}" if choice else ""

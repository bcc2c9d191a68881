"""Writes solutions as CSV (https://www.w3.org/TR/sparql11-results-csv-tsv/#csv): the engine does not quote IRIs.

An IRI may hold a comma, and would then come out as two fields.
"""

import itertools
import re
from collections.abc import Iterator
from typing import Final

from pyoxigraph import BlankNode, Literal, NamedNode, QuerySolution, QuerySolutions, Triple

from graph.sparql import bounds
from graph.sparql.bounds import Bounded

_QUOTED: Final = re.compile('[",\r\n]')
_ROWS_AT_ONCE: Final = 1000


def write(solutions: QuerySolutions, buffer: Bounded, most: int) -> None:
    """Write ``solutions`` to ``buffer``; raise ``ResultTooLarge`` for more than ``most``, or what it does not take."""
    lines = itertools.chain(
        (",".join(variable.value for variable in solutions.variables),), itertools.islice(map(_line, solutions), most)
    )
    for some in _batches(lines):
        buffer.write(some)
    if next(solutions, None) is not None:
        raise bounds.too_many_rows(most)


def _batches(lines: Iterator[str]) -> Iterator[bytes]:
    while some := list(itertools.islice(lines, _ROWS_AT_ONCE)):
        yield ("\r\n".join(some) + "\r\n").encode()


def _line(solution: QuerySolution) -> str:
    return ",".join(map(_field, solution))


def _field(term: NamedNode | BlankNode | Literal | Triple | None) -> str:
    text = _text(term)
    return '"' + text.replace('"', '""') + '"' if _QUOTED.search(text) else text


def _text(term: NamedNode | BlankNode | Literal | Triple | None) -> str:
    if isinstance(term, NamedNode | Literal):
        return term.value
    if isinstance(term, Triple):
        return " ".join(map(_text, term))
    return "" if term is None else str(term)

"""Locates the syntax error in a SPARQL query or update, and describes it in terms of SPARQL.

The engine reports the furthest position that its parser looked at, which lies up to a keyword's length behind the
error, and names rules of its grammar. So the error is searched for: it is at the first token after which no
continuation is valid.
"""

import bisect
import re
from collections.abc import Callable
from typing import Final

from pyoxigraph import Store

from graph.sparql.errors import QuerySyntaxError
from graph.sparql.lexer import Token, position, tokens
from ontology.iris import BASE

Parse = Callable[[str], None]

_REPORTED: Final = re.compile(r"error at (\d+):(\d+)")
_MEANINGS: Final = {
    "variable that is unbound": "SELECT projects a variable that is neither grouped (GROUP BY) nor aggregated (COUNT)",
    "Duplicated variable name": "SELECT assigns two expressions to the same variable",
    "IRI parsing failed": "the text between < and > is not a valid IRI",
    "language tag parsing failed": "the language tag is not valid (BCP 47)",
}
# More than the longest keyword, so that the parser's look-ahead from the last token does not reach the end.
_PADDING: Final = " " * 64
_SHOWN: Final = 40


def parse_query(query: str) -> None:
    """Raise ``SyntaxError`` when the engine does not accept ``query``, which is evaluated over an empty store."""
    Store().query(query, base_iri=BASE)


def locate(query: str, engine_message: str, parse: Parse = parse_query, kind: str = "query") -> QuerySyntaxError:
    """Return the error, with its position, for ``query``, which ``parse`` refused with ``engine_message``.

    ``parse`` raises ``SyntaxError`` for a text that it refuses, with a position in it. ``kind`` is ``query`` or
    ``update``.
    """
    read = list(tokens(query))
    wrong = _first_wrong(query, read, parse)
    meaning = next((text for sign, text in _MEANINGS.items() if sign in engine_message), None)
    if wrong is not None:
        reason = meaning if meaning and wrong.kind in {"iri", "language"} else f"unexpected '{_shown(wrong)}'"
        return QuerySyntaxError(reason, *position(query, wrong.start))
    place = position(query, read[-1].end if read else 0)
    return QuerySyntaxError(meaning or _incomplete(read, kind), *place)


def _first_wrong(query: str, read: list[Token], parse: Parse) -> Token | None:
    def is_wrong(last: int) -> bool:
        return not _can_continue(query[: read[last].end], parse)

    index = bisect.bisect_left(range(len(read)), True, key=is_wrong)
    return read[index] if index < len(read) else None


def _can_continue(beginning: str, parse: Parse) -> bool:
    """Whether the parser read the whole of ``beginning`` and only misses what should follow."""
    padded = beginning + _PADDING
    try:
        parse(padded)
    except SyntaxError as error:
        reported = _REPORTED.search(str(error))
        return reported is None or (int(reported[1]), int(reported[2])) >= position(padded, len(padded))
    return True


def _incomplete(read: list[Token], kind: str) -> str:
    return f"unexpected end of the {kind}" if read else f"the {kind} is empty"


def _shown(token: Token) -> str:
    return token.text if len(token.text) <= _SHOWN else f"{token.text[:_SHOWN]}..."

"""Finds where a text stops being a SPARQL query or update, and says so in plain words.

The engine reports the furthest place that its parser looked at, which lies up to a keyword's length behind the
mistake, and lists the inside of its grammar. So the mistake is searched for: it is the first token after which no
continuation is possible any more.
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
    "variable that is unbound": "SELECT names a variable that is neither in GROUP BY nor in an aggregate like COUNT",
    "Duplicated variable name": "SELECT gives two values the same variable name",
    "IRI parsing failed": "the text between < and > is not an IRI",
    "language tag parsing failed": "the language tag is not one that BCP 47 allows",
}
# More than the longest keyword, so that the parser's look-ahead from the last token does not reach the end.
_PADDING: Final = " " * 64
_SHOWN: Final = 40


def parse_query(query: str) -> None:
    """Raise ``SyntaxError`` when the engine does not accept ``query``; it is asked of an empty store."""
    Store().query(query, base_iri=BASE)


def explain(query: str, engine_message: str, parse: Parse = parse_query, called: str = "query") -> QuerySyntaxError:
    """Return the error to show for ``query``, which ``parse`` refused with ``engine_message``.

    ``parse`` raises ``SyntaxError`` for a text that it refuses, with places in that text, which is ``called`` a query
    or an update.
    """
    read = list(tokens(query))
    wrong = _first_wrong(query, read, parse)
    meaning = next((text for sign, text in _MEANINGS.items() if sign in engine_message), None)
    if wrong is not None:
        reason = meaning if meaning and wrong.kind in {"iri", "language"} else f"'{_shown(wrong)}' is not expected here"
        return QuerySyntaxError(reason, *position(query, wrong.start))
    place = position(query, read[-1].end if read else 0)
    return QuerySyntaxError(meaning or _incomplete(read, called), *place)


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


def _incomplete(read: list[Token], called: str) -> str:
    return f"the {called} ends too early" if read else f"the {called} is empty"


def _shown(token: Token) -> str:
    return token.text if len(token.text) <= _SHOWN else f"{token.text[:_SHOWN]}..."

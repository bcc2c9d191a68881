"""Plans how a store is queried: with one SELECT or ASK without dataset clauses, from whose result the answer is made.

The dataset is always sent as parameters of the request, so that ``FROM`` is removed. ``CONSTRUCT`` and ``DESCRIBE``
become a ``SELECT`` of the variables that they need, and the graph is built here: Virtuoso truncates the graph of a
``CONSTRUCT`` silently, and each engine describes resources in its own way.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from graph.sparql.errors import EvaluationFailed
from graph.sparql.lexer import Token, tokens
from ontology.iris import BASE

Form = Literal["SELECT", "ASK", "CONSTRUCT", "DESCRIBE"]

_FORMS: Final[dict[str, Form]] = {
    "SELECT": "SELECT",
    "ASK": "ASK",
    "CONSTRUCT": "CONSTRUCT",
    "DESCRIBE": "DESCRIBE",
}
_FORM: Final = re.compile("SELECT|CONSTRUCT|DESCRIBE|ASK")
_MODIFIERS: Final = frozenset({"WHERE", "GROUP", "HAVING", "ORDER", "LIMIT", "OFFSET", "VALUES"})
_ANY: Final = "(1 AS ?opsc_any)"


@dataclass(frozen=True)
class QueryPlan:
    """A query as it is sent to a store.

    ``text`` is a SELECT or ASK, empty where no query is needed. ``template`` is that of a CONSTRUCT with its braces.
    ``resources`` are the IRIs of a DESCRIBE, as the query writes them. ``limit`` is the LIMIT of the query.
    """

    form: Form
    prologue: str
    text: str
    template: str = ""
    resources: tuple[str, ...] = ()
    limit: int | None = None

    @property
    def may_use_graphs(self) -> bool:
        """Whether the text may have GRAPH in it."""
        return "GRAPH" in self.text.upper()


def plan(query: str) -> QueryPlan:
    """Return the plan for ``query``, which the parser of the engine accepts.

    Raises ``EvaluationFailed`` for keywords without space between them, which engines parse differently.
    """
    sequence = list(tokens(query))
    index = next(
        (at for at, token in enumerate(sequence) if token.kind == "word" and _FORM.match(token.text.upper())), None
    )
    if index is None:
        raise EvaluationFailed("the query has none of SELECT, ASK, CONSTRUCT and DESCRIBE")
    form = _FORMS.get(sequence[index].text.upper())
    if form is None:
        raise EvaluationFailed(f"separate the keywords in '{sequence[index].text[:40]}' with spaces")
    prologue = query[: sequence[index].start]
    if not any(token.kind == "word" and token.text.upper() == "BASE" for token in sequence[:index]):
        prologue = f"BASE <{BASE}> {prologue}"
    body = _QueryBody(query, sequence[index + 1 :])
    if form == "CONSTRUCT":
        return _construct(prologue, body)
    if form == "DESCRIBE":
        return _describe(prologue, body)
    return QueryPlan(form, prologue, f"{prologue}{form} {body.text(0)}", limit=body.limit)


class _QueryBody:
    """The tokens after the query form, with how deep in brackets each stands, and without dataset clauses."""

    def __init__(self, query: str, sequence: Sequence[Token]) -> None:
        self._query = query
        clauses = _in_clauses(sequence)
        self.tokens = [token for at, token in enumerate(sequence) if at not in clauses]
        self.depths = _depths(self.tokens)
        self.limit = self._limit()

    def text(self, begin: int, end: int | None = None) -> str:
        """Return the text from one token up to another, without the comments between them."""
        pieces = []
        for before, token in zip([None, *self.tokens[begin:end]], self.tokens[begin:end], strict=False):
            # As near to each other as they were: '- 1' and '-1' may differ.
            near = before is not None and before.end == token.start
            pieces.append(token.text if near or before is None else f" {token.text}")
        return "".join(pieces)

    def first(self, *words: str, begin: int = 0) -> int:
        """Return the index of the first of some words or symbols outside brackets, or of the end."""
        indexes = (
            at
            for at, token in enumerate(self.tokens)
            if at >= begin and self.depths[at] == 0 and token.text.upper() in words and token.kind in {"word", "symbol"}
        )
        return next(indexes, len(self.tokens))

    def group_end(self, begin: int) -> int:
        """Return the index after the bracket that closes the one at ``begin``."""
        return next(at for at in range(begin + 1, len(self.tokens)) if self.depths[at] == self.depths[begin]) + 1

    def variables(self, begin: int, end: int) -> tuple[str, ...]:
        """Return the variables between two tokens, each once, without question mark."""
        return tuple(dict.fromkeys(one.text[1:] for one in self.tokens[begin:end] if one.kind == "variable"))

    def _limit(self) -> int | None:
        at = self.first("LIMIT") + 1
        return int(self.tokens[at].text) if at < len(self.tokens) and self.tokens[at].text.isdecimal() else None


def _in_clauses(sequence: Sequence[Token]) -> set[int]:
    """Return the indexes of the tokens of dataset clauses, which stand outside of brackets only."""
    indexes: set[int] = set()
    for at, (token, depth) in enumerate(zip(sequence, _depths(sequence), strict=True)):
        word = token.text.upper() if token.kind == "word" and depth == 0 else ""
        if word in {"FROM", "FROMNAMED"}:
            named = word == "FROM" and sequence[at + 1].text.upper() == "NAMED" and sequence[at + 1].kind == "word"
            indexes.update(range(at, at + (3 if named else 2)))
        elif "FROM" in word:
            raise EvaluationFailed(f"separate the keywords in '{token.text[:40]}' with spaces")
    return indexes


def _depths(sequence: Sequence[Token]) -> list[int]:
    """Return how many brackets are open around each token; those of a pair stand as deep as what is around them."""
    depths, depth = [], 0
    for token in sequence:
        closes = token.kind == "symbol" and token.text in "})]"
        depth -= closes
        depths.append(depth)
        depth += token.kind == "symbol" and token.text in "{(["
    return depths


def _construct(prologue: str, body: _QueryBody) -> QueryPlan:
    short = body.tokens[0].text != "{"
    begin = body.first("{")
    end = body.group_end(begin)
    selected = " ".join(f"?{name}" for name in body.variables(begin, end)) or _ANY
    rest = body.text(0 if short else end)
    return QueryPlan(
        "CONSTRUCT", prologue, f"{prologue}SELECT {selected} {rest}", body.text(begin, end), limit=body.limit
    )


def _describe(prologue: str, body: _QueryBody) -> QueryPlan:
    end = body.first("{", *_MODIFIERS)
    described = body.tokens[:end]
    names = tuple(token.text for token in described if token.kind in {"iri", "name"})
    variables = (
        "*"
        if any(token.text == "*" for token in described)
        else " ".join(f"?{name}" for name in body.variables(0, end))
    )
    has_pattern = end < len(body.tokens) and bool(variables)
    text = f"{prologue}SELECT {variables} {body.text(end)}" if has_pattern else ""
    return QueryPlan("DESCRIBE", prologue, text, resources=names, limit=body.limit)

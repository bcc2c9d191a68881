"""Finds the SERVICE clauses of a query, and takes them out of it or puts others in their place.

What is said of queries in :mod:`graph.sparql.guard` holds here too: whatever is made of a query by these functions is
read by the guard again, which then refuses every SERVICE, before the engine sees it.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, NoReturn

from graph.settings import QueryLimits
from graph.sparql.errors import QuerySyntaxError, QueryTooLong, ServiceRefused, ServiceUnsupported
from graph.sparql.guard import Outline, Reading
from graph.sparql.lexer import Token, position, tokens

# As long as the word SERVICE, so that what replaces a clause stands in its place.
_FILTER: Final = "FILTER("
_SELECT: Final = "SELECT*"
_VISIBLE: Final = re.compile(r"[^\r\n]")
_SURROUNDINGS: Final = ("EXISTS", "LATERAL")


@dataclass(frozen=True)
class ServiceClause:
    """A ``SERVICE`` clause: where it starts, where its group starts, where it ends (offsets), and what it names.

    ``target`` is the endpoint as the query writes it: ``<IRI>`` or a prefixed name.
    """

    start: int
    group: int
    end: int
    target: str
    silent: bool


def read(query: str, limits: QueryLimits) -> tuple[Outline, tuple[ServiceClause, ...]]:
    """Return the outline of ``query`` and its SERVICE clauses, in their order.

    Raises what the guard raises, ``ServiceRefused`` for a SERVICE that names no constant endpoint or is not written
    apart, and ``ServiceUnsupported`` for one inside of SERVICE, EXISTS, GRAPH or LATERAL.
    """
    if len(query) > limits.length:
        raise QueryTooLong(f"the query has {len(query)} characters; at most {limits.length} are read")
    reading = _ClauseReading(query, limits)
    for token in tokens(query):
        reading.take(token)
    outline = reading.outline()
    if reading.heading:
        raise QuerySyntaxError("the SERVICE names no endpoint and group", *position(query, reading.heading[0].start))
    return outline, tuple(reading.clauses)


def without(query: str, clauses: Sequence[ServiceClause]) -> str:
    """Return ``query`` with a filter that is always true for each of its ``clauses``; all else stays in its place.

    A filter may stand wherever a SERVICE clause may, and nowhere else.
    """
    return replaced(query, [(clause, _stand_in(query, clause)) for clause in clauses])


def replaced(query: str, parts: Iterable[tuple[ServiceClause, str]]) -> str:
    """Return ``query`` with a text for each of some clauses, which are in their order."""
    pieces, done = [], 0
    for clause, text in parts:
        pieces += [query[done : clause.start], text]
        done = clause.end
    return "".join([*pieces, query[done:]])


def alone(query: str, outline: Outline, clause: ServiceClause) -> str:
    """Return a query for the solutions of the group of ``clause``, in which every token stands in its place."""
    before = outline.prologue + _blank(query[len(outline.prologue) : clause.start])
    heading = _blank(query[clause.start : clause.group])
    return before + _SELECT + heading[len(_SELECT) :] + query[clause.group : clause.end]


def _stand_in(query: str, clause: ServiceClause) -> str:
    heading, group = query[clause.start : clause.group], query[clause.group : clause.end]
    return f"{_FILTER}{_blank(heading[len(_FILTER) :])}1{_blank(group[1:-1])})"


def _blank(text: str) -> str:
    return _VISIBLE.sub(" ", text)


@dataclass
class _ClauseReading(Reading):
    """The state of reading a query with SERVICE clauses.

    ``heading`` has the tokens of a clause up to its group; ``surroundings`` has, for each open bracket, the keyword
    that forbids SERVICE in it; ``depth`` is the number of brackets that are open in the group of the current clause.
    """

    clauses: list[ServiceClause] = field(default_factory=list)
    heading: list[Token] = field(default_factory=list)
    surroundings: list[str | None] = field(default_factory=list)
    depth: int = 0

    def take(self, token: Token) -> None:
        """Check ``token`` in its place, and note where a clause begins and ends."""
        if self.heading and not self.depth:
            self._take_heading(token)
        super().take(token)
        if self.depth > len(self.brackets):
            self._finish(token)

    def _take_heading(self, token: Token) -> None:
        has_target = self.heading[-1].kind in {"iri", "name"}
        if token.kind == "variable" and not has_target:
            self._refuse(ServiceRefused, "a variable can name any endpoint, and only some may be asked; write its IRI")
        if token.text == "{" and has_target:
            self.depth = len(self.brackets) + 1
            self.heading.append(token)
        elif not has_target and (token.kind in {"iri", "name"} or self._is_silent(token)):
            self.heading.append(token)
        else:
            raise QuerySyntaxError(f"'{token.text[:40]}' is not expected here", *position(self.query, token.start))

    def _is_silent(self, token: Token) -> bool:
        return len(self.heading) == 1 and token.kind == "word" and token.text.upper() == "SILENT"

    def _finish(self, closing: Token) -> None:
        service, *words, target, group = self.heading
        self.clauses.append(ServiceClause(service.start, group.start, closing.end, target.text, bool(words)))
        self.heading, self.depth = [], 0

    def _open(self, token: Token) -> None:
        super()._open(token)
        self.surroundings.append(self._forbidding(token))

    def _close(self, token: Token) -> None:
        super()._close(token)
        self.surroundings.pop()

    def _forbidding(self, token: Token) -> str | None:
        before, before_that = self.before, self.before_that
        if token.text != "{" or before is None:
            return None
        if before.kind == "word":
            return next((word for word in _SURROUNDINGS if before.text.upper().endswith(word)), None)
        is_graph = before_that is not None and before_that.kind == "word" and before_that.text.upper().endswith("GRAPH")
        return "GRAPH" if is_graph else None

    def _follows_glued_service(self) -> bool:
        return not self.heading and super()._follows_glued_service()

    def _refuse_service(self, token: Token) -> None:
        """Note where a clause begins; refuse one that is written or placed in another way than is understood."""
        if self.heading:
            self._refuse(ServiceUnsupported, "it holds another SERVICE; ask both beside each other")
        self.heading = [token]
        if token.text.upper() != "SERVICE":
            self._refuse(ServiceRefused, "write SERVICE with a space before and behind it")
        around = next((word for word in self.surroundings if word), None)
        if around:
            self._refuse(ServiceUnsupported, f"it stands inside of {around}; put it outside, and join by variables")

    def _refuse(self, kind: type[ServiceRefused | ServiceUnsupported], reason: str) -> NoReturn:
        line, column = position(self.query, self.heading[0].start)
        raise kind(f"SERVICE at line {line}, column {column}: {reason}")

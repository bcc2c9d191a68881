"""Parses the SERVICE clauses of a query, and replaces them.

The guard checks every text that these functions return again (:mod:`graph.sparql.guard`): it refuses each SERVICE that
is left, before the engine parses the text.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, NoReturn

from graph.settings import QueryLimits
from graph.sparql.errors import QuerySyntaxError, QueryTooLong, ServiceRefused, ServiceUnsupported
from graph.sparql.guard import ParsedQuery, QueryGuard
from graph.sparql.lexer import Token, position, tokens

# As long as the word SERVICE, so that all later tokens keep their positions.
_FILTER: Final = "FILTER("
_SELECT: Final = "SELECT*"
_VISIBLE: Final = re.compile(r"[^\r\n]")
_SURROUNDINGS: Final = ("EXISTS", "LATERAL")


@dataclass(frozen=True)
class ServiceClause:
    """A SERVICE clause: the offsets at which it, and its group graph pattern, start, and at which both end.

    ``target`` is the endpoint as the query writes it: an IRI in angle brackets, or a prefixed name.
    """

    start: int
    group: int
    end: int
    target: str
    silent: bool


def parse(query: str, limits: QueryLimits) -> tuple[ParsedQuery, tuple[ServiceClause, ...]]:
    """Return ``query`` as the guard parsed it, and its SERVICE clauses, in their order.

    Raises as ``guard.inspect`` does, ``ServiceRefused`` for an endpoint that is a variable, or a keyword that is not
    delimited, and ``ServiceUnsupported`` for a clause within SERVICE, EXISTS, GRAPH or LATERAL.
    """
    if len(query) > limits.length:
        raise QueryTooLong(f"the query has {len(query)} characters; at most {limits.length} are allowed")
    state = _ServiceClauseParser(query, limits)
    for token in tokens(query):
        state.take(token)
    parsed = state.parsed_query()
    if state.heading:
        raise QuerySyntaxError(
            "SERVICE without an endpoint and a group graph pattern", *position(query, state.heading[0].start)
        )
    return parsed, tuple(state.clauses)


def replace_by_filters(query: str, clauses: Sequence[ServiceClause]) -> str:
    """Return ``query`` with each of its ``clauses`` replaced by a filter that is always true.

    All other tokens keep their positions. The grammar allows a filter exactly where it allows a SERVICE clause.
    """
    return replace(query, [(clause, _stand_in(query, clause)) for clause in clauses])


def replace(query: str, parts: Iterable[tuple[ServiceClause, str]]) -> str:
    """Return ``query`` with each clause replaced by its text; ``parts`` is in the order of the query."""
    pieces, done = [], 0
    for clause, text in parts:
        pieces += [query[done : clause.start], text]
        done = clause.end
    return "".join([*pieces, query[done:]])


def isolate(query: str, parsed: ParsedQuery, clause: ServiceClause) -> str:
    """Return a query for the solutions of the group of ``clause``, in which all tokens keep their positions."""
    before = parsed.prologue + _blank(query[len(parsed.prologue) : clause.start])
    heading = _blank(query[clause.start : clause.group])
    return before + _SELECT + heading[len(_SELECT) :] + query[clause.group : clause.end]


def _stand_in(query: str, clause: ServiceClause) -> str:
    heading, group = query[clause.start : clause.group], query[clause.group : clause.end]
    return f"{_FILTER}{_blank(heading[len(_FILTER) :])}1{_blank(group[1:-1])})"


def _blank(text: str) -> str:
    return _VISIBLE.sub(" ", text)


@dataclass
class _ServiceClauseParser(QueryGuard):
    """The state of parsing a query with SERVICE clauses.

    ``heading`` has the tokens of a clause up to its group; ``surroundings`` has, for each open bracket, the keyword
    that excludes SERVICE in it; ``depth`` is the number of open brackets in the group of the current clause.
    """

    clauses: list[ServiceClause] = field(default_factory=list)
    heading: list[Token] = field(default_factory=list)
    surroundings: list[str | None] = field(default_factory=list)
    depth: int = 0

    def take(self, token: Token) -> None:
        """Check the next token, and note where a clause begins and ends."""
        if self.heading and not self.depth:
            self._take_heading(token)
        super().take(token)
        if self.depth > len(self.brackets):
            self._finish(token)

    def _take_heading(self, token: Token) -> None:
        has_target = self.heading[-1].kind in {"iri", "name"}
        if token.kind == "variable" and not has_target:
            self._refuse(
                ServiceRefused, "the endpoint is a variable, and only listed endpoints may be queried; write its IRI"
            )
        if token.text == "{" and has_target:
            self.depth = len(self.brackets) + 1
            self.heading.append(token)
        elif not has_target and (token.kind in {"iri", "name"} or self._is_silent(token)):
            self.heading.append(token)
        else:
            raise QuerySyntaxError(f"unexpected '{token.text[:40]}'", *position(self.query, token.start))

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
        """Note where a clause begins; refuse one in a position or form that is not supported."""
        if self.heading:
            self._refuse(ServiceUnsupported, "nested SERVICE is not supported; put both clauses in one group")
        self.heading = [token]
        if token.text.upper() != "SERVICE":
            self._refuse(ServiceRefused, "write SERVICE with a space before and after it")
        around = next((word for word in self.surroundings if word), None)
        if around:
            self._refuse(
                ServiceUnsupported, f"SERVICE within {around} is not supported; move it outside, and join by variables"
            )

    def _refuse(self, kind: type[ServiceRefused | ServiceUnsupported], reason: str) -> NoReturn:
        line, column = position(self.query, self.heading[0].start)
        raise kind(f"SERVICE at line {line}, column {column}: {reason}")

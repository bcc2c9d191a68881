"""Checks a query before the engine parses it: refuses queries that would crash the engine or call another server.

The engine's parser needs no white space between a keyword and the next token (``SERVICEex:a{}``), reads ``<`` as an
operator or as the start of an IRI by context, and overflows its stack on deep or wide queries. So the guard reads
terminals, and refuses a query that it and the engine could read differently.
"""

import re
from dataclasses import dataclass, field
from typing import Final

from graph.settings import QueryLimits
from graph.sparql import join_order
from graph.sparql.errors import (
    QuerySyntaxError,
    QueryTooDeep,
    QueryTooLong,
    QueryTooWide,
    ServiceRefused,
    UpdateRefused,
)
from graph.sparql.lexer import Token, position, tokens
from ontology.terms import PREFIXES

_FORM: Final = re.compile(r"(?:SELECT|CONSTRUCT|DESCRIBE|ASK)", re.IGNORECASE)
_UPDATE: Final = frozenset(
    {"INSERT", "DELETE", "LOAD", "CLEAR", "CREATE", "DROP", "COPY", "MOVE", "ADD", "WITH", "USING"}
)
_FROM: Final = re.compile(r"(?:ASK|CONSTRUCT)?FROM(?P<named>NAMED)?", re.IGNORECASE)
_CLOSING: Final = {"{": "}", "(": ")", "[": "]"}
_CLOSED_WITH: Final = frozenset(_CLOSING.values())
_CHAINED: Final = frozenset({"&&", "||", "/", "|", "!", "^"}) | frozenset(
    {"UNION", "OPTIONAL", "MINUS", "FILTER", "AS", "GRAPH", "LATERAL", "VALUES"}
)
_AGGREGATES: Final = frozenset({"COUNT", "SUM", "MIN", "MAX", "AVG", "SAMPLE", "GROUP_CONCAT"})
_TERMS: Final = frozenset({"variable", "name", "iri"})
_ARITHMETIC: Final = frozenset({"+", "-", "*"})
_BEFORE_OPERAND: Final = frozenset(
    {"(", ",", "&&", "||", "=", "!=", "<", ">", "<=", ">=", "+", "-", "*", "/", "|", "!", "^"}
)
_HIERARCHICAL: Final = re.compile(r"<[A-Za-z][A-Za-z0-9+.-]*://")
_IRI: Final = re.compile(r"<[^<>\"{}|^`\x00-\x20]*>")


@dataclass(frozen=True)
class DatasetClause:
    """A ``FROM`` or ``FROM NAMED`` clause, with its graph as the query writes it: ``<IRI>`` or a prefixed name."""

    graph: str
    named: bool


@dataclass(frozen=True)
class ParsedQuery:
    """A query that passed the guard: its prologue (the text before the query form), and its dataset clauses.

    ``may_reorder`` says that triple patterns may follow OPTIONAL, MINUS or BIND in a group.
    """

    prologue: str
    dataset: tuple[DatasetClause, ...]
    may_reorder: bool = False


def inspect(query: str, limits: QueryLimits) -> ParsedQuery:
    """Return the prologue and dataset clauses of ``query``.

    Raises ``QueryTooLong``, ``QueryTooDeep`` or ``QueryTooWide`` beyond ``limits``, ``ServiceRefused`` for SERVICE,
    ``UpdateRefused`` for an update, and ``QuerySyntaxError`` for invalid characters, unmatched brackets and undeclared
    prefixes.
    """
    if len(query) > limits.length:
        raise QueryTooLong(f"the query has {len(query)} characters; at most {limits.length} are allowed")
    state = QueryGuard(query, limits)
    for token in tokens(query):
        state.take(token)
    return state.parsed_query()


@dataclass
class QueryGuard:
    """The state of checking a query: open brackets with the number of operators in each, and the last two tokens.

    ``has_barrier`` says of each open bracket whether an OPTIONAL, MINUS or BIND was in it.
    """

    query: str
    limits: QueryLimits
    brackets: list[Token] = field(default_factory=list)
    operators: list[int] = field(default_factory=lambda: [0])
    has_barrier: list[bool] = field(default_factory=lambda: [False])
    may_reorder: bool = False
    reified: int = 0
    aggregates: set[int] = field(default_factory=set)
    triple_terms: set[int] = field(default_factory=set)
    prefixes: set[str] = field(default_factory=set)
    dataset: list[DatasetClause] = field(default_factory=list)
    form: int | None = None
    before: Token | None = None
    before_that: Token | None = None

    def take(self, token: Token) -> None:
        """Check the next token."""
        if self.reified:
            self._check_term_subject(token)
        if self.has_barrier[-1] and token.kind in _TERMS:
            self.may_reorder = True
        match token.kind:
            case "symbol":
                self._check_symbol(token)
            case "word":
                self._check_word(token)
            case "name":
                self._check_name(token)
                self._note_dataset(token)
            case "iri":
                if not _HIERARCHICAL.match(token.text):
                    self._refuse_two_readings(token, token.text)
                self._note_dataset(token)
            case _:
                pass
        self.before_that, self.before = self.before, token

    def parsed_query(self) -> ParsedQuery:
        """Return the result, once every token was taken; raise ``QuerySyntaxError`` for an open bracket."""
        if self.brackets:
            opened = self.brackets[-1]
            raise QuerySyntaxError(f"unmatched '{opened.text}'", *position(self.query, opened.start))
        return ParsedQuery(self.query[: self.form or 0], tuple(self.dataset), self.may_reorder)

    def _check_word(self, token: Token) -> None:
        word = token.text.upper()
        if "SERVICE" in word:
            self._refuse_service(token)
        if self.form is None:
            self._note_form(word, token)
        if word in join_order.BARRIERS:
            self.has_barrier[-1] = True
        self._count(word)

    def _note_form(self, word: str, token: Token) -> None:
        if word in _UPDATE:
            raise UpdateRefused(f"{word} is a SPARQL Update operation; this endpoint accepts only queries")
        if _FORM.match(word):
            self.form = token.start

    def _check_name(self, token: Token) -> None:
        prefix = token.text.partition(":")[0]
        if _is_word(self.before, "PREFIX"):
            self.prefixes.add(prefix)
        elif prefix not in self.prefixes:
            raise QuerySyntaxError(_undeclared(prefix), *position(self.query, token.start))

    def _check_symbol(self, token: Token) -> None:
        if token.text in _CLOSING:
            self._open(token)
        elif token.text in _CLOSED_WITH:
            self._close(token)
        elif token.text in {"<<", ">>"}:
            self._check_reified(token)
        else:
            self._count(token.text)

    def _check_reified(self, token: Token) -> None:
        """Bound the nesting of reified triples and triple terms (SPARQL 1.2, section 4.3)."""
        if token.text == ">>":
            self.reified = max(0, self.reified - 1)
            return
        # In 1.1, and for the engine, two of them may as well mean "less than" and the start of an IRI.
        iri = _IRI.match(self.query, token.start + 1)
        if iri is not None:
            self._refuse_two_readings(token, iri[0])
        self.reified += 1
        self._check_depth()

    def _check_term_subject(self, token: Token) -> None:
        """Refuse a literal as the subject of a triple term, and in an expression a triple term (SPARQL 1.2)."""
        opened = self.before
        if opened is None or opened.text != "(" or self.before_that is None or self.before_that.text != "<<":
            return
        self.triple_terms.add(opened.start)
        in_expression = any(one.text == "(" and one.start not in self.triple_terms for one in self.brackets)
        is_literal = token.kind in {"string", "number"} or token.text.upper() in {"TRUE", "FALSE"}
        if is_literal or (in_expression and token.text == "<<"):
            raise QuerySyntaxError(
                "the subject of a triple term is an IRI or a variable", *position(self.query, token.start)
            )

    def _check_aggregate(self, token: Token) -> None:
        """Refuse an aggregate inside an aggregate (SPARQL 1.1 Query, section 19.8, note 14 on the grammar)."""
        if self.before is None or self.before.kind != "word" or self.before.text.upper() not in _AGGREGATES:
            return
        for opened in reversed(self.brackets):
            if opened.text == "{":
                break
            if opened.start in self.aggregates:
                raise QuerySyntaxError(
                    "aggregates cannot be nested; compute the inner one in a subquery",
                    *position(self.query, self.before.start),
                )
        self.aggregates.add(token.start)

    def _open(self, token: Token) -> None:
        self._check_aggregate(token)
        if token.text == "{" and self._follows_glued_service():
            self._refuse_service(token)
        self.brackets.append(token)
        self.operators.append(0)
        self.has_barrier.append(False)
        self._check_depth()

    def _check_depth(self) -> None:
        if max(len(self.brackets), self.reified) > self.limits.depth:
            raise QueryTooDeep(f"the query nests brackets deeper than {self.limits.depth} levels; split it")

    def _close(self, token: Token) -> None:
        if not self.brackets or _CLOSING[self.brackets[-1].text] != token.text:
            raise QuerySyntaxError(f"unmatched '{token.text}'", *position(self.query, token.start))
        self.brackets.pop()
        self.operators.pop()
        self.has_barrier.pop()

    def _count(self, operator: str) -> None:
        if operator in _CHAINED or (operator in _ARITHMETIC and self._in_parentheses()):
            # Brackets around ``expression AS ?x`` and annotations follow each other at one level, so count outside.
            level = -2 if self.brackets and (operator == "AS" or self._opens_annotation(operator)) else -1
            self.operators[level] += 1
            if sum(self.operators) > self.limits.width:
                raise QueryTooWide(f"the query has more than {self.limits.width} operators at one level; split it")

    def _opens_annotation(self, operator: str) -> bool:
        return operator == "|" and self.before is not None and self.before.text == "{"

    def _in_parentheses(self) -> bool:
        return bool(self.brackets) and self.brackets[-1].text == "("

    def _follows_glued_service(self) -> bool:
        """Whether the engine may read the name before a group as ``SERVICE`` and another name."""
        name = self.before
        return (
            name is not None
            and name.kind == "name"
            and "service" in name.text.partition(":")[0].lower()
            and not _is_word(self.before_that, "GRAPH", "FROM", "NAMED")
        )

    def _refuse_two_readings(self, token: Token, iri: str) -> None:
        """Refuse ``<...>`` where ``<`` may also be an operator, if the rest could end an expression, string or line.

        ``token`` begins there; ``iri`` is the IRI that begins there, or with its second character.
        """
        after_operand = self.before is not None and self.before.text not in _BEFORE_OPERAND
        if self._in_parentheses() and after_operand and set(iri) & set("'#()[]"):
            raise QuerySyntaxError(
                "'<' may begin an IRI or mean 'less than' here; write a space after it, or use a prefixed name",
                *position(self.query, token.start),
            )

    def _refuse_service(self, token: Token) -> None:
        line, column = position(self.query, token.start)
        raise ServiceRefused(
            f"SERVICE at line {line}, column {column}: SERVICE is disabled on this endpoint; "
            "send that part of the query to the other endpoint directly"
        )

    def _note_dataset(self, token: Token) -> None:
        if self.before is not None and self.before.kind == "word":
            clause = _FROM.fullmatch(self.before.text)
            if clause or (_is_word(self.before, "NAMED") and _is_word(self.before_that, "FROM")):
                named = clause is None or clause["named"] is not None
                self.dataset.append(DatasetClause(token.text, named))


def _is_word(token: Token | None, *words: str) -> bool:
    return token is not None and token.kind == "word" and token.text.upper() in words


def _undeclared(prefix: str) -> str:
    known = PREFIXES.get(prefix)
    declaration = f"PREFIX {prefix}: <{known}>" if known else f"PREFIX {prefix}: <...>"
    return f"the prefix '{prefix}:' is not declared; add {declaration} at the top"

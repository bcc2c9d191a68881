"""The results of a report as flat rows, from which most formats are serialized."""

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from pyoxigraph import BlankNode, Literal, NamedNode

from ontology.rdf import Term
from shapes import path_syntax
from shapes.report import Report, Result
from shapes.reports.positions import Position, Positions

_JOINERS: Final = "\u200c\u200d"  # Persian and the scripts of India are not written without them.


@dataclass(frozen=True)
class ResultRow:
    """A validation result as text, with its path in the syntax of SPARQL and its message in one language.

    ``details`` are the results of nested shapes.

    ``fails`` tells whether the report does not conform because of the result. ``short_path`` and ``short_value`` have
    prefixed names; the latter is ``None`` for the focus node itself.
    """

    result: Result
    severity: str
    fails: bool
    focus_node: str
    label: str | None
    path: str | None
    short_path: str | None
    short_value: str | None
    message: str
    position: Position | None
    details: tuple["ResultRow", ...] = ()

    @property
    def title(self) -> str:
        """The label of the focus node, or its IRI."""
        return self.label or self.focus_node

    @property
    def value(self) -> str | None:
        """The value node: an IRI, or the lexical form of a literal."""
        return None if self.result.value is None else plain_text(self.result.value)

    @property
    def datatype(self) -> str | None:
        """The datatype of the value node, if it is a literal without a language."""
        value = self.result.value
        return value.datatype.value if isinstance(value, Literal) and not value.language else None

    @property
    def value_language(self) -> str | None:
        """The language of the value node, if it is a literal with one."""
        value = self.result.value
        return value.language if isinstance(value, Literal) else None

    @property
    def shape(self) -> str:
        """The IRI of the shape, or the label of its blank node."""
        return plain_text(self.result.source_shape)

    @property
    def constraint(self) -> str | None:
        """The IRI of the SPARQL constraint, if the result has one."""
        return None if self.result.source_constraint is None else plain_text(self.result.source_constraint)

    @property
    def rule(self) -> str:
        """The IRI of the constraint: the narrowest of SPARQL constraint, shape and component that has an IRI."""
        named = (self.result.source_constraint, self.result.source_shape, self.result.component)
        return next(term.value for term in named if isinstance(term, NamedNode))


def rows(report: Report, language: str, positions: Positions) -> list[ResultRow]:
    """Return the results of ``report`` in their order, with messages in ``language``."""
    nodes = path_syntax.path_triples(report.details)

    def row(result: Result) -> ResultRow:
        return ResultRow(
            result=result,
            severity=result.severity_name,
            fails=report.fails(result),
            focus_node=plain_text(result.focus_node),
            label=report.label(plain_text(result.focus_node), language),
            path=None if result.path is None else path_syntax.full_path(result.path, nodes),
            short_path=None if result.path is None else path_syntax.short_path(result.path, nodes, report.prefixes),
            short_value=_short_value(result, report),
            message=result.message(language),
            position=positions.of(result),
            details=tuple(row(detail) for detail in result.details),
        )

    return [row(result) for result in report.results]


def detail_lines(row: ResultRow, depth: int = 0) -> Iterator[str]:
    """Yield a line for each result of nested shapes, indented by two spaces for each level.

    The message of a result contains its first detail: a single one, without details of its own, is left out.
    """
    if depth == 0 and len(row.details) == 1 and not row.details[0].details:
        return
    for detail in row.details:
        subject = " ".join(part for part in (detail.short_path, detail.short_value) if part)
        yield "  " * depth + (f"{subject}: " if subject else "") + detail.message.partition("\n")[0]
        yield from detail_lines(detail, depth + 1)


def _short_value(result: Result, report: Report) -> str | None:
    if result.value is None or result.value == result.focus_node:
        return None
    return path_syntax.short_term(result.value, report.prefixes)


def by_focus_node(listed: Iterable[ResultRow]) -> Iterator[tuple[ResultRow, list[ResultRow]]]:
    """Yield the rows of each focus node, preceded by the first of them."""
    for _, same in groupby(listed, key=lambda row: row.result.focus_node):
        group = list(same)
        yield group[0], group


def counts(report: Report) -> dict[str, int]:
    """Return the number of results by name of severity, worst first."""
    return {name: report.count(name) for name in ("violation", "warning", "info")}


def plain_text(term: Term) -> str:
    """Return the IRI, the lexical form of a literal, or the label of a blank node with ``_:``."""
    return str(term) if isinstance(term, BlankNode) else term.value


def visible(text: str) -> str:
    """Return ``text`` with control characters and characters that change the writing direction escaped.

    Data must not move the cursor of a terminal, or look like another text.
    """
    if text.isprintable():
        return text
    return "".join(character if _is_safe(character) else _escaped(character) for character in text)


def _is_safe(character: str) -> bool:
    return character.isprintable() or character in _JOINERS or unicodedata.category(character) == "Zs"


def _escaped(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"  # noqa: PLR2004

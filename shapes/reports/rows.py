"""The results of a report as flat rows, which most formats write one after the other."""

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from pyoxigraph import BlankNode, Literal, NamedNode

from shapes import paths
from shapes.report import Report, Result, Term
from shapes.reports.places import Place, Positions

_JOINERS: Final = "\u200c\u200d"  # Persian and the scripts of India are not written without them.


@dataclass(frozen=True)
class Row:
    """One result in words: its path as SPARQL writes it, with full and with prefixed names, and its message.

    ``fails`` tells whether the result is one for which the report does not conform.
    """

    result: Result
    severity: str
    fails: bool
    thing: str
    label: str | None
    path: str | None
    short_path: str | None
    message: str
    place: Place | None

    @property
    def title(self) -> str:
        """The label of the thing, or its IRI."""
        return self.label or self.thing

    @property
    def short_value(self) -> str | None:
        """The offending value for a reader, unless it is the thing itself."""
        value = self.result.value
        return None if value is None or value == self.result.focus_node else paths.short_term(value)

    @property
    def value(self) -> str | None:
        """The offending value: an IRI, or the text of a literal."""
        return None if self.result.value is None else plain(self.result.value)

    @property
    def datatype(self) -> str | None:
        """The datatype of the offending value, if it is a literal without a language."""
        value = self.result.value
        return value.datatype.value if isinstance(value, Literal) and not value.language else None

    @property
    def value_language(self) -> str | None:
        """The language of the offending value, if it is a literal with one."""
        value = self.result.value
        return value.language if isinstance(value, Literal) else None

    @property
    def shape(self) -> str:
        """The IRI of the shape, or the name of its blank node."""
        return plain(self.result.source_shape)

    @property
    def constraint(self) -> str | None:
        """The IRI of the SPARQL constraint, where it is one."""
        return None if self.result.source_constraint is None else plain(self.result.source_constraint)

    @property
    def rule(self) -> str:
        """The IRI of the constraint: the narrowest of SPARQL constraint, shape and component that has an IRI."""
        named = (self.result.source_constraint, self.result.source_shape, self.result.component)
        return next(term.value for term in named if isinstance(term, NamedNode))


def rows(report: Report, language: str, positions: Positions) -> list[Row]:
    """Return the results of ``report`` in their order, with messages in ``language``."""
    nodes = paths.described(report.details)
    return [
        Row(
            result=result,
            severity=result.severity_name,
            fails=report.fails(result),
            thing=plain(result.focus_node),
            label=report.label(plain(result.focus_node), language),
            path=None if result.path is None else paths.full(result.path, nodes),
            short_path=None if result.path is None else paths.short(result.path, nodes),
            message=result.message(language),
            place=positions.of(result),
        )
        for result in report.results
    ]


def by_thing(listed: Iterable[Row]) -> Iterator[tuple[Row, list[Row]]]:
    """Yield the rows of each thing, together with the first of them, which names it."""
    for _, same in groupby(listed, key=lambda row: row.result.focus_node):
        group = list(same)
        yield group[0], group


def counts(report: Report) -> dict[str, int]:
    """Return the number of results by name of severity, worst first."""
    return {name: report.count(name) for name in ("violation", "warning", "info")}


def plain(term: Term) -> str:
    """Return a term without its marks: the IRI, the text of a literal, or the name of a blank node with ``_:``."""
    return str(term) if isinstance(term, BlankNode) else term.value


def visible(text: str) -> str:
    """Return ``text`` with control characters, and those that turn the direction of writing, spelt out.

    What stands in data must not move the cursor of a terminal, or look like another text than it is.
    """
    if text.isprintable():
        return text
    return "".join(character if _harmless(character) else _spelt(character) for character in text)


def _harmless(character: str) -> bool:
    return character.isprintable() or character in _JOINERS or unicodedata.category(character) == "Zs"


def _spelt(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"  # noqa: PLR2004

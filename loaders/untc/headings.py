"""The column headings and cells of the status tables of the United Nations Treaty Collection (UNTC).

A heading lists the kinds of action in its column, separated by commas, each with the marker of its cells, if any:
``Ratification, Accession(a), Succession(d)``. A cell gives a day and the marker: ``19 Sep 2002 a``.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from typing import Final

from loaders.actions import ROOT, kind_segment, nearest_common_superclass


class NotUnderstoodError(ValueError):
    """A cell or its heading that cannot be read as one kind of action on one day; ``str()`` is the reason."""


@dataclass(frozen=True)
class ActionKind:
    """One kind of action in a heading: its wording, the marker of its cells, and the possible classes of the wording.

    ``classes`` has several members for a choice ("Definitive signature or acceptance"), and none for an unknown
    wording.
    """

    wording: str
    marker: str | None
    classes: tuple[str, ...]


@dataclass(frozen=True)
class Interpretation:
    """The class of action of a cell, and whether the heading is more specific than the class."""

    action_class: str
    heading_says_more: bool


@dataclass(frozen=True)
class Heading:
    """A column heading parsed into its kinds of action."""

    text: str
    kinds: tuple[ActionKind, ...]

    def check_names_action(self) -> None:
        """Raise :class:`NotUnderstoodError` when none of the kinds is a participation action."""
        if not any(kind.classes for kind in self.kinds):
            raise NotUnderstoodError("the heading does not name a participation action")

    def interpret(self, marker: str | None) -> Interpretation:
        """Return the interpretation of a cell with ``marker``, or without one (``None``).

        A cell that may be of several kinds gets their nearest common superclass. In a column of one kind, the marker
        may be left out.

        Raises :class:`NotUnderstoodError` when the heading names no action, does not know the marker, or leaves the
        kind open.
        """
        found = self._interpretations.get(marker)
        if found is None:
            found = self._interpretations[marker] = self._read(marker)
        return found

    def _read(self, marker: str | None) -> Interpretation:
        self.check_names_action()
        kinds = self._kinds(marker)
        unknown = [kind.wording for kind in kinds if not kind.classes]
        if unknown:
            raise NotUnderstoodError(f"'{unknown[0]}' in the heading is not a known kind of participation action")
        classes = [name for kind in kinds for name in kind.classes]
        shared = nearest_common_superclass(classes)
        if shared == ROOT:
            raise NotUnderstoodError(f"the heading is ambiguous: the cell may mean any of {_listed(classes)}")
        plain = len(kinds) == 1 and kinds[0].wording.casefold() == kind_segment(shared).replace("-", " ")
        return Interpretation(shared, not plain)

    def _kinds(self, marker: str | None) -> tuple[ActionKind, ...]:
        kinds = self._by_marker.get(marker)
        if kinds:
            return kinds
        if marker is None and len(self.kinds) == 1:
            return self.kinds
        if marker is None:
            raise NotUnderstoodError(f"has no marker, but every kind in the heading has one: {_listed(self._markers)}")
        markers = f"its markers are {_listed(self._markers)}" if self._markers else "it has none"
        raise NotUnderstoodError(f"the heading does not explain the marker '{marker}'; {markers}")

    @cached_property
    def _interpretations(self) -> dict[str | None, Interpretation]:
        return {}

    @cached_property
    def _by_marker(self) -> dict[str | None, tuple[ActionKind, ...]]:
        markers = {kind.marker for kind in self.kinds}
        return {marker: tuple(kind for kind in self.kinds if kind.marker == marker) for marker in markers}

    @cached_property
    def _markers(self) -> list[str]:
        return [kind.marker for kind in self.kinds if kind.marker]


def read_heading(text: str) -> Heading:
    """Parse a column heading; a kind with unknown wording has no classes, and interpreting its cells raises.

    A comma separates two kinds where a capital follows; other commas belong to the wording, as in "the Convention of
    12 September 1923, as amended". A bracket at the end of a kind is its marker, except a lower-case letter after
    another bracket, which belongs to a reference such as "article 7 (1) (b)".
    """
    heading = " ".join(text.split())
    return Heading(heading, tuple(_kind(part) for part in re.split(r",\s*(?=[A-Z])", heading)))


@lru_cache(maxsize=65536)
def read_cell(text: str) -> tuple[date, str | None]:
    """Return the day and the marker of a cell: ``5 Sept 2000 a`` gives 5 September 2000 and ``a``.

    Raises :class:`NotUnderstoodError` for every other form of text and for a day that is not in the calendar.
    """
    match = _CELL.fullmatch(text)
    month = _MONTHS.get(match["month"].casefold()) if match else None
    if match is None or month is None:
        raise NotUnderstoodError("is not a date with an optional marker, such as '13 May 2009 a'")
    try:
        return date(int(match["year"]), month, int(match["day"])), match["marker"]
    except ValueError as error:
        raise NotUnderstoodError(f"is not a valid date: {error}") from error


_CELL: Final = re.compile(r"(?P<day>[0-9]{1,2}) (?P<month>[A-Za-z]+)\.? (?P<year>[0-9]{4})(?: (?P<marker>\S+))?")
_MONTH_NAMES: Final = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_MONTHS: Final = {
    **{name: number for number, name in enumerate(_MONTH_NAMES, 1)},
    **{name[:3]: number for number, name in enumerate(_MONTH_NAMES, 1)},
    "sept": 9,
}

_MARKED: Final = re.compile(r"(?P<wording>.*[^\s(])(?P<space>\s?)\((?P<marker>[A-Za-z]{1,2})\)")

# The first words of a kind; an opening comes before its own prefixes.
_OPENINGS: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("signature ad referendum", ("SignatureAdReferendum",)),
    ("signature", ("Signature",)),
    ("succession to signature", ("SuccessionToSignature",)),
    ("confirmation of signature ad referendum", ("ConfirmationOfSignature",)),
    ("confirmation of signature", ("ConfirmationOfSignature",)),
    ("withdrawal of signature", ("WithdrawalOfSignature",)),
    ("definitive signature or acceptance", ("DefinitiveSignature", "Acceptance")),
    ("definitive signature or participation", ("DefinitiveSignature", "ConsentToBeBound")),
    ("definitive signature", ("DefinitiveSignature",)),
    ("definitive acceptance", ("Acceptance",)),
    ("ratification", ("Ratification",)),
    ("acceptance", ("Acceptance",)),
    ("approval", ("Approval",)),
    ("accession", ("Accession",)),
    ("succession", ("Succession",)),
    ("formal confirmation", ("FormalConfirmation",)),
    ("simplified procedure", ("SimplifiedProcedure",)),
    ("consent to be bound", ("ConsentToBeBound",)),
    ("participation", ("ConsentToBeBound",)),
    ("provisional acceptance/accession", ("ProvisionalAcceptance",)),
    ("provisional acceptance", ("ProvisionalAcceptance",)),
    ("provisional application", ("ProvisionalApplication",)),
    ("undertaking of provisional application", ("ProvisionalApplication",)),
    ("notification of non-provisional application", ("NonProvisionalApplication",)),
    ("notification", ("Notification",)),
    ("application", ("Application",)),
    ("extension", ("Extension",)),
    ("denunciation", ("Denunciation",)),
)
# Twice the longest in the collection; the patterns are made for a phrase, and slow on a whole file as one heading.
_LONGEST_KIND: Final = 300
_LINK: Final = re.compile(r"(?: (?:by|in|ipso facto|of|through|to|under|with)\b.*)?")
_CHOICE: Final = re.compile(r"\bor\b|/")
_OTHER_TREATY: Final = re.compile(r"participation .*\b(?:by virtue of\b|under .*\bof (?:the\b|resolution\b))")


def _kind(part: str) -> ActionKind:
    if len(part) > _LONGEST_KIND:
        return ActionKind(part, None, ())
    wording, marker = _without_marker(part)
    return ActionKind(wording, marker, _classes(wording.casefold()))


def _without_marker(part: str) -> tuple[str, str | None]:
    match = _MARKED.fullmatch(part)
    if match is None:
        return part, None
    before, marker = match["wording"][-1], match["marker"]
    is_reference = (before == ")" and marker.islower()) or (before.isdigit() and match["space"])
    return (part, None) if is_reference else (match["wording"], marker)


def _classes(wording: str) -> tuple[str, ...]:
    """Return the possible classes of ``wording``; choices are known only as listed, or after "by virtue of"."""
    if _OTHER_TREATY.match(wording):
        return ("ParticipationByOtherTreaty",)
    for opening, classes in _OPENINGS:
        if wording.startswith(opening) and _only_elaborates(wording.removeprefix(opening)):
            return classes
    return ()


def _only_elaborates(rest: str) -> bool:
    return bool(_LINK.fullmatch(rest)) and not _CHOICE.search(rest.partition("by virtue of")[0])


def _listed(words: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(words))

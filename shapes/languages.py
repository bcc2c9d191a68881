"""The languages of reports, and the choice of one text among several in different languages (RFC 4647)."""

from collections.abc import Iterable, Sequence
from typing import Final, Literal, TypeVar

Language = Literal["en", "fr", "es"]
LANGUAGES: Final[tuple[Language, ...]] = ("en", "fr", "es")

Text = TypeVar("Text")


def best(texts: Iterable[tuple[str | None, Text]], wanted: str) -> Text | None:
    """Return the text for a language, or ``None`` when there is no text at all.

    ``texts`` are pairs of a language tag, or ``None``, and a text. First comes a text whose tag the language range
    ``wanted`` or a prefix of it matches (``fr-CA`` finds ``fr-CA``, then ``fr`` and ``fr-FR``: RFC 4647, sections 3.4
    and 3.3.1), then a text without language, then English, then the first text.
    """
    listed = list(texts)
    for language in (wanted, None, "en"):
        found = [text for tag, text in listed if tag is None] if language is None else _matching(listed, language)
        if found:
            return found[0]
    return listed[0][1] if listed else None


def _matching(texts: Sequence[tuple[str | None, Text]], wanted: str) -> list[Text]:
    """Return the texts that the longest matching part of a language range finds, exact tags first."""
    parts = wanted.lower().split("-")
    for length in range(len(parts), 0, -1):
        part = "-".join(parts[:length])
        tagged = [(tag.lower(), text) for tag, text in texts if tag is not None]
        exact = [text for tag, text in tagged if tag == part]
        narrower = [text for tag, text in tagged if tag.startswith(f"{part}-")]
        if exact or narrower:
            return exact + narrower
    return []

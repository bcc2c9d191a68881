"""What a page says of a term: its name in the reader's language, where it leads to, and how it is marked up.

Nothing here makes markup: templates escape all that it returns. A link leads to this server for IRIs of the graph, to
``http``, ``https`` and ``mailto`` otherwise, and nowhere for any other IRI.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from flask import request
from pyoxigraph import BlankNode, Literal, NamedNode

from endpoint.http.representations import address
from graph.views.labels import Labels
from ontology.iris import BASE
from ontology.rdf import Term
from ontology.terms import PREFIXES, RDF, XSD

LANGUAGES: Final = ("en", "fr", "es", "ar", "ru", "zh")
_RIGHT_TO_LEFT: Final = frozenset({"ar", "dv", "fa", "he", "ps", "ug", "ur", "yi"})
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_WEB: Final = ("http://", "https://", "mailto:")
_PLAIN: Final = frozenset({XSD.string, RDF.langString, XSD.date, XSD.integer, XSD.boolean})


@dataclass(frozen=True)
class DisplayText:
    """A text with its language and direction where these are known, what it links to, and its datatype if unusual."""

    text: str
    language: str | None = None
    direction: str | None = None
    href: str | None = None
    datatype: str | None = None
    title: str | None = None

    @property
    def is_day(self) -> bool:
        """Whether it is a date, which no line should break."""
        return _DAY.fullmatch(self.text) is not None


class TermRenderer:
    """Shows terms to the reader who made the request, with the names in ``labels``; links lead to ``version``."""

    def __init__(self, labels: Labels, version: str | None = None) -> None:
        self._labels = labels
        self._version = version
        self._languages = reader_languages()

    def show(self, term: Term) -> DisplayText:
        """Return how ``term`` is shown: literals as they are, resources by name with a link."""
        if isinstance(term, Literal):
            datatype = None if term.datatype in _PLAIN else prefixed(term.datatype.value)
            href = term.value if term.datatype == XSD.anyURI and _is_web(term.value) else None
            return DisplayText(term.value, *_tongue(term.language), href, datatype)
        name = self._name(term)
        href = self.href(term.value) if isinstance(term, NamedNode) else None
        title = term.value if isinstance(term, NamedNode) else None
        return DisplayText(name.value, *_tongue(name.language), href, None, title)

    def others(self, literals: Iterable[Term]) -> list[DisplayText]:
        """Return literals with that in the reader's language first."""
        texts = [one for one in literals if isinstance(one, Literal)]
        return [self.show(one) for one in sorted(texts, key=lambda one: (self._rank(one), one.value))]

    def best(self, literals: Iterable[Term]) -> DisplayText | None:
        """Return the one of ``literals`` that the reader understands best."""
        return next(iter(self.others(literals)), None)

    def href(self, iri: str) -> str | None:
        """Return the address that a link to ``iri`` has, or ``None`` when it must not be one."""
        if iri.startswith(BASE):
            path, hash_sign, fragment = iri.removeprefix(BASE).partition("#")
            return address(path, self._version) + hash_sign + fragment
        return iri if _is_web(iri) else None

    def _name(self, term: NamedNode | BlankNode) -> Literal:
        names = self._labels.get(term.value, ())
        if names:
            return min(names, key=self._rank)
        return Literal(prefixed(term.value) if isinstance(term, NamedNode) else f"_:{term.value}")

    def _rank(self, literal: Literal) -> int:
        language = (literal.language or "").partition("-")[0].lower()
        return self._languages.index(language) if language in self._languages else len(self._languages)


def reader_languages() -> list[str]:
    """Return the languages in which the reader wants names, the best first: of ``Accept-Language``, then English."""
    asked = [tag.partition("-")[0].lower() for tag, quality in request.accept_languages if quality > 0]
    return list(dict.fromkeys([*(tag for tag in asked if tag in LANGUAGES), "en", ""]))


def prefixed(iri: str) -> str:
    """Return ``iri`` in its short form: by a known prefix, or the path below the base."""
    for prefix, namespace in PREFIXES.items():
        if iri.startswith(namespace) and len(iri) > len(namespace):
            return f"{prefix}:{iri.removeprefix(namespace)}"
    return iri.removeprefix(BASE) or iri


def query_address(query: str) -> str:
    """Return the address that asks ``query`` of this endpoint."""
    return f"{request.script_root}/sparql?{urlencode({'query': query, 'format': 'csv'})}"


def _is_web(iri: str) -> bool:
    return iri.lower().startswith(_WEB)


def _tongue(language: str | None) -> tuple[str | None, str | None]:
    if not language:
        return None, None
    return language, "rtl" if language.partition("-")[0].lower() in _RIGHT_TO_LEFT else "ltr"

"""The fixed words of a report in English, French and Spanish, and the negotiation of the language.

The messages come from the shapes.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from shapes.languages import LANGUAGES, Language

_RANGE: Final = re.compile(
    r"(?P<range>\*|[a-z]{1,8}(?:-[a-z0-9]{1,8})*)[ \t]*(?:;[ \t]*q=(?P<quality>0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?",
    re.IGNORECASE | re.ASCII,
)


@dataclass(frozen=True)
class Noun:
    """A countable noun in singular and plural."""

    singular: str
    plural: str


@dataclass(frozen=True)
class Words:
    """The fixed words of a report in one language.

    Verdicts and headings are capitalised; countable nouns and severities are not. ``colon`` includes the space that
    precedes it in French. The last four tell what the data would do as a contribution.
    """

    language: Language
    validation_report: str
    conforms: str
    does_not_conform: str
    no_results: str
    violation: Noun
    warning: Noun
    info: Noun
    result: Noun
    thing: str
    severity: str
    property: str
    value: str
    message: str
    place: str
    shape: str
    constraint: str
    component: str
    file: str
    line: str
    column: str
    colon: str
    effect: str
    no_effect: str
    described: str
    extended: str

    def noun(self, severity_name: str) -> Noun:
        """Return the noun for a severity: ``violation``, ``warning`` or ``info``."""
        return {"violation": self.violation, "warning": self.warning, "info": self.info}[severity_name]

    def counted(self, number: int, noun: Noun) -> str:
        """Return a number with its noun, such as ``2 violations``; French uses the singular for zero, too."""
        singular = number in (0, 1) if self.language == "fr" else number == 1
        return f"{number} {noun.singular if singular else noun.plural}"

    def summary(self, conforms: bool, counts: Mapping[str, int]) -> str:
        """Return the verdict in a sentence, with the number of results by name of severity, worst first."""
        verdict = self.conforms if conforms else self.does_not_conform
        found = ", ".join(
            self.counted(counts[name], self.noun(name)) for name in ("violation", "warning", "info") if counts.get(name)
        )
        return f"{verdict}{self.colon} {found}." if found else f"{verdict}."


_WORDS: Final[Mapping[str, Words]] = {
    "en": Words(
        language="en",
        validation_report="Validation report",
        conforms="Conforms",
        does_not_conform="Does not conform",
        no_results="No results.",
        violation=Noun("violation", "violations"),
        warning=Noun("warning", "warnings"),
        info=Noun("info", "infos"),
        result=Noun("result", "results"),
        thing="Resource",
        severity="Severity",
        property="Property",
        value="Value",
        message="Message",
        place="Location",
        shape="Shape",
        constraint="Constraint",
        component="Constraint component",
        file="File",
        line="Line",
        column="Column",
        colon=":",
        effect="As a contribution: {triples} triples in a graph of its own; {new} new, {known} in the graph already.",
        no_effect="Everything is in the graph already: a contribution would say nothing new.",
        described="Newly described: {things}",
        extended="Added to things of others: {things}",
    ),
    "fr": Words(
        language="fr",
        validation_report="Rapport de validation",
        conforms="Conforme",
        does_not_conform="Non conforme",
        no_results="Aucun résultat.",
        violation=Noun("violation", "violations"),
        warning=Noun("avertissement", "avertissements"),
        info=Noun("information", "informations"),
        result=Noun("résultat", "résultats"),
        thing="Ressource",
        severity="Gravité",
        property="Propriété",
        value="Valeur",
        message="Message",
        place="Emplacement",
        shape="Forme",
        constraint="Contrainte",
        component="Composant de contrainte",
        file="Fichier",
        line="Ligne",
        column="Colonne",
        colon="\N{NO-BREAK SPACE}:",
        effect="Comme contribution\N{NO-BREAK SPACE}: {triples} triplets dans un graphe propre, dont {new} nouveaux et "
        "{known} déjà présents.",
        no_effect="Tout figure déjà dans le graphe\N{NO-BREAK SPACE}: une contribution n'apporterait rien de nouveau.",
        described="Nouvellement décrit\N{NO-BREAK SPACE}: {things}",
        extended="Ajouté à des objets d'autrui\N{NO-BREAK SPACE}: {things}",
    ),
    "es": Words(
        language="es",
        validation_report="Informe de validación",
        conforms="Conforme",
        does_not_conform="No conforme",
        no_results="Sin resultados.",
        violation=Noun("infracción", "infracciones"),
        warning=Noun("advertencia", "advertencias"),
        info=Noun("información", "informaciones"),
        result=Noun("resultado", "resultados"),
        thing="Recurso",
        severity="Gravedad",
        property="Propiedad",
        value="Valor",
        message="Mensaje",
        place="Ubicación",
        shape="Forma",
        constraint="Restricción",
        component="Componente de restricción",
        file="Archivo",
        line="Línea",
        column="Columna",
        colon=":",
        effect="Como contribución: {triples} tripletas en un grafo propio, {new} nuevas y {known} ya presentes.",
        no_effect="Todo está ya en el grafo: una contribución no diría nada nuevo.",
        described="Descrito por primera vez: {things}",
        extended="Añadido a objetos de otros: {things}",
    ),
}


def words(language: str) -> Words:
    """Return the words for a language tag (``fr``, ``fr-CA``); English for an unsupported language."""
    return _WORDS.get(_primary(language), _WORDS["en"])


def preferred(accept_language: str) -> Language:
    """Return the supported language that ``Accept-Language`` prefers; English if it accepts none.

    Quality values follow RFC 9110, section 12.4.2. An exact language range takes precedence over a narrower one
    (``fr-CA`` for ``fr``), and that over ``*``. Of equal quality values, the first in the header wins. Malformed
    ranges are ignored.
    """
    ranges = _ranges(accept_language)
    ranked = [(*_rank(language, ranges), language) for language in LANGUAGES]
    quality, _, language = max(ranked, key=lambda rank: (rank[0], -rank[1]))
    return language if quality > 0 else "en"


def _ranges(accept_language: str) -> list[tuple[str, float]]:
    matches = (_RANGE.fullmatch(part.strip(" \t")) for part in accept_language.split(","))
    return [(match["range"].lower(), float(match["quality"] or 1)) for match in matches if match is not None]


def _rank(language: str, ranges: list[tuple[str, float]]) -> tuple[float, int]:
    """Return the quality value of a language, and the index in the header of the range that gives it."""
    placed = [(quality, place, wanted) for place, (wanted, quality) in enumerate(ranges)]
    exact = [(quality, place) for quality, place, wanted in placed if wanted == language]
    narrower = [(quality, place) for quality, place, wanted in placed if _primary(wanted) == language]
    anything = [(quality, place) for quality, place, wanted in placed if wanted == "*"]
    found = exact or narrower or anything or [(0.0, len(ranges))]
    return max(found, key=lambda rank: (rank[0], -rank[1]))


def _primary(language: str) -> str:
    return language.partition("-")[0].lower()

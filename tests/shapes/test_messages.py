"""Every message says the same in English, French and Spanish, and the reader gets it in the language asked."""

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, Quad

from ontology.terms import SH
from shapes import documents, reports, validation
from shapes.languages import LANGUAGES
from shapes.report import Report
from shapes.shapes_graph import ShapesGraph

Background = tuple[Quad, ...]
ReadExample = Callable[[Path], tuple[Quad, ...]]

FOLDER = documents.FOLDER / "examples"
FAILING = sorted(FOLDER.glob("*.fail*.ttl"))
GRAPH = ShapesGraph([*documents.core(), *documents.contribution(), *documents.gate()])
WITH_MESSAGE = list(dict.fromkeys(quad.subject for quad in GRAPH.quads if quad.predicate == SH.message))
PLACEHOLDER = re.compile(r"\{[?$]\w+\}")
TERM = re.compile(r"@en\b|\b(?:[a-z]+:[A-Za-z]\w*|(?:eli|id|scheme)/[\w/-]+|https?://[^\s>]+|\d+)|\"[^\"]+\"", re.ASCII)
ADVICE = {
    "fr": r"\b(ajoutez|attribuez|copiez|corrigez|datez|décrivez|donnez|écrivez|utilisez|faites|gardez|indiquez|"
    r"intervertissez|nommez|précisez|proposez|reprenez|supprimez|vérifiez)\b",
    "es": r"\b(añada|aporte|asígnele|compruebe|conserve|cópielo|corrija|dé|describa|escriba|escríbala|especifique|"
    r"feche|haga|indique|intercambie|nombre|omítalo|suprima|tome|use)\b",
}


def messages(node: NamedNode) -> dict[str, str]:
    found = [text for text in GRAPH.objects(node, SH.message) if isinstance(text, Literal)]
    return {text.language or "": text.value for text in found}


@pytest.mark.parametrize("node", WITH_MESSAGE, ids=str)
def test_a_message_is_given_once_in_each_language(node: NamedNode) -> None:
    languages = [text.language for text in GRAPH.objects(node, SH.message) if isinstance(text, Literal)]
    assert Counter(languages) == Counter(LANGUAGES)


@pytest.mark.parametrize("node", WITH_MESSAGE, ids=str)
def test_the_languages_differ_in_words_and_agree_in_what_they_name(node: NamedNode) -> None:
    texts = messages(node).values()
    assert len(set(texts)) == len(LANGUAGES)
    for named in (PLACEHOLDER, TERM):
        assert len({tuple(sorted(named.findall(text))) for text in texts}) == 1, [named.findall(text) for text in texts]


@pytest.mark.parametrize("language", sorted(ADVICE))
def test_every_translation_says_what_to_do(language: str) -> None:
    texts = [messages(node)[language] for node in WITH_MESSAGE]
    assert [text for text in texts if not re.search(ADVICE[language], text, re.IGNORECASE)] == []


def test_french_keeps_its_punctuation_with_the_word_before_it() -> None:
    texts = [
        quad.object.value for quad in GRAPH.quads if isinstance(quad.object, Literal) and quad.object.language == "fr"
    ]
    assert len(texts) > len(WITH_MESSAGE)
    assert [text for text in texts if re.search(r"(?<!\N{NO-BREAK SPACE})[:;?!](?=\s)| [:;?!»]|« ", text)] == []


@pytest.mark.parametrize(
    ("language", "missing", "filled"),
    [
        (
            "en",
            "Give opsc:iso3, the ISO 3166-1 alpha-3 code",
            "Dated 2000-06-13, before the signature https://w3id.org/",
        ),
        (
            "fr",
            "Indiquez opsc:iso3, le code ISO 3166-1 alpha-3",
            "Daté du 2000-06-13, avant la signature https://w3id.org/",
        ),
        (
            "es",
            "Indique opsc:iso3, el código ISO 3166-1 alfa-3",
            "Fechado el 2000-06-13, antes de la firma https://w3id.org/",
        ),
    ],
)
def test_the_text_of_a_report_has_the_messages_in_the_language_asked(
    language: str, missing: str, filled: str, background: Background, read_example: ReadExample
) -> None:
    names = ("StateShape.fail.ttl", "RatificationShape.fail.ttl")
    data = [quad for name in names for quad in read_example(FOLDER / name)]
    report = validation.validate([*data, *background])
    text = reports.write(report, "text", language)
    assert missing in text
    assert filled in text
    others = {result.message(other) for result in report.results for other in LANGUAGES if other != language}
    assert others
    assert not [message for message in others if message in text]


def test_a_message_in_a_language_that_is_not_there_is_english(
    background: Background, read_example: ReadExample
) -> None:
    report = validation.validate([*read_example(FOLDER / "NamedThingShape.fail.ttl"), *background])
    assert [result.message("de") for result in report.results] == [result.message("en") for result in report.results]
    assert "This resource is a blank node" in reports.write(report, "text", "de")


def assert_told_in_every_language(report: Report) -> None:
    for result in report.results:
        assert Counter(message.language for message in result.messages) == Counter(LANGUAGES), result.source_shape
        assert [message.value for message in result.messages if PLACEHOLDER.search(message.value)] == []


def test_every_result_has_its_message_in_every_language(background: Background, read_example: ReadExample) -> None:
    failing = {quad for path in FAILING for quad in read_example(path)}
    report = validation.validate_contribution(failing, background)
    assert len({result.source_constraint or result.source_shape for result in report.results}) > 50
    assert_told_in_every_language(report)


@pytest.mark.parametrize(
    "path",
    [path for path in FAILING if "# expects: sh:SPARQLConstraintComponent" in path.read_text(encoding="utf-8")],
    ids=lambda path: path.name,
)
def test_a_sparql_constraint_fills_its_values_into_every_language(
    path: Path, background: Background, read_example: ReadExample
) -> None:
    data = read_example(path)
    if "ContributionShape" in path.name:
        report = validation.validate_contribution(data, background)
    else:
        report = validation.validate([*data, *background])
    assert report.results
    assert_told_in_every_language(report)

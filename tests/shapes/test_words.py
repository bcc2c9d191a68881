"""The fixed words of a report exist in each language, count correctly, and are chosen by the reader's preference."""

from dataclasses import fields

import pytest

from shapes.languages import LANGUAGES
from shapes.reports.words import Noun, Words, preferred, words


def test_english_french_and_spanish_are_the_languages_of_reports() -> None:
    assert LANGUAGES == ("en", "fr", "es")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_is_there_in_every_language(language: str) -> None:
    found = words(language)
    assert found.language == language
    for field in fields(Words):
        word = getattr(found, field.name)
        texts = [word.singular, word.plural] if isinstance(word, Noun) else [word]
        assert all(text.strip(" ") == text and text for text in texts), field.name


@pytest.mark.parametrize(
    ("tag", "language"),
    [("en", "en"), ("FR", "fr"), ("es-MX", "es"), ("fr-Latn-CA", "fr"), ("de", "en"), ("", "en"), ("english", "en")],
)
def test_words_are_found_by_language_tag_and_are_english_otherwise(tag: str, language: str) -> None:
    assert words(tag).language == language


@pytest.mark.parametrize(
    ("language", "none", "one", "two"),
    [
        ("en", "0 violations", "1 violation", "2 violations"),
        ("fr", "0 violation", "1 violation", "2 violations"),
        ("es", "0 infracciones", "1 infracción", "2 infracciones"),
    ],
)
def test_a_noun_agrees_with_its_number(language: str, none: str, one: str, two: str) -> None:
    found = words(language)
    assert [found.counted(number, found.violation) for number in range(3)] == [none, one, two]


def test_a_severity_has_its_noun() -> None:
    assert [words("fr").noun(name).plural for name in ("violation", "warning", "info")] == [
        "violations",
        "avertissements",
        "informations",
    ]


@pytest.mark.parametrize(
    ("language", "counts", "sentence"),
    [
        ("en", {"violation": 1, "warning": 2, "info": 0}, "Does not conform: 1 violation, 2 warnings."),
        (
            "fr",
            {"warning": 2, "violation": 1},
            "Non conforme\N{NO-BREAK SPACE}: 1 violation, 2 avertissements.",
        ),
        ("es", {"violation": 3, "info": 1}, "No conforme: 3 infracciones, 1 información."),
        ("en", {"warning": 1}, "Conforms: 1 warning."),
        ("fr", {}, "Conforme."),
        ("es", {"violation": 0}, "Conforme."),
    ],
)
def test_the_summary_gives_the_verdict_and_the_counts(language: str, counts: dict[str, int], sentence: str) -> None:
    assert words(language).summary(not counts.get("violation"), counts) == sentence


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("fr", "fr"),
        ("ES", "es"),
        ("fr, es", "fr"),
        ("es, fr", "es"),
        ("de, fr;q=0.5", "fr"),
        ("de", "en"),
        ("en;q=0.4, fr;q=0.8, es;q=0.9", "es"),
        ("fr-CA, en;q=0.9", "fr"),
        ("fr-CA;q=0.9, fr;q=0.2, en;q=0.5", "en"),
        ("es-ES;q=0.3, es-MX;q=0.7, fr;q=0.5", "es"),
        ("*", "en"),
        ("*, es", "en"),
        ("es, *", "es"),
        ("en;q=0, *;q=0.1", "fr"),
        ("en;q=0", "en"),
        ("en;q=0, fr;q=0, es;q=0", "en"),
        ("fr ; Q=0.8 ,\tes;q=0.7", "fr"),
        ("fr;q=1.000, es", "fr"),
        ("fr;q=1.5, es;q=0.1", "es"),
        ("fr;q=much, es;q=0.1", "es"),
        ("fr;q=0.5;level=1, es;q=0.1", "es"),
        (",, fr ,", "fr"),
        ("français, es;q=0.2", "es"),
    ],
)
def test_the_reader_gets_the_language_that_the_header_prefers(header: str, language: str) -> None:
    assert preferred(header) == language

"""The choice of a text by language, by RFC 4647."""

import pytest

from shapes.languages import best


@pytest.mark.parametrize(
    ("tags", "wanted", "chosen"),
    [
        (["de", "en-GB", "fr-FR"], "en", "en-GB"),
        (["de", "en-GB", "fr-FR"], "fr", "fr-FR"),
        (["de", "en-GB", "fr-FR"], "es", "en-GB"),
        (["en", "en-GB"], "en-GB", "en-GB"),
        (["en-GB", "en"], "en", "en"),
        (["en", "de"], "en-US", "en"),
        (["EN", "de"], "en", "EN"),
        (["zh-Hant-TW", "zh-Hans"], "zh-Hant", "zh-Hant-TW"),
        (["eng", "de"], "en", "eng"),
        (["de", "it"], "en", "de"),
        (["de", None, "en"], "fr", None),
        (["de", "fr-FR"], "fr-CA", "fr-FR"),
    ],
)
def test_the_text_for_a_reader(tags: list[str | None], wanted: str, chosen: str | None) -> None:
    assert best([(tag, f"text in {tag}") for tag in tags], wanted) == f"text in {chosen}"


def test_there_may_be_none() -> None:
    assert best([], "en") is None

import pytest

from ontology.xml_characters import is_xml_text, replace_non_xml


@pytest.mark.parametrize("character", ["\t", "\n", "\r", " ", "é", "\ud7ff", "\ue000", "\ufffd", "\U0010ffff"])
def test_characters_of_xml_stay(character: str) -> None:
    assert is_xml_text(character)
    assert replace_non_xml(f"a{character}") == f"a{character}"


@pytest.mark.parametrize("character", ["\x00", "\x08", "\x0b", "\x0c", "\x1f", "\ud800", "\ufffe", "\uffff"])
def test_other_characters_are_replaced(character: str) -> None:
    assert not is_xml_text(character)
    assert replace_non_xml(f"a{character}b") == "a\ufffdb"

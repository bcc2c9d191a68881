import xml.etree.ElementTree as ET

import pytest
from pyoxigraph import Literal, NamedNode, Triple

from graph.sparql import formats
from graph.sparql.errors import NotAcceptable

SUBJECT = NamedNode("http://e/s")


def written(name: str, text: str) -> bytes:
    return formats.RDF_XML.serialize([Triple(SUBJECT, NamedNode(name), Literal(text))])


@pytest.mark.parametrize(
    "name", ["http://e/1a", "http://e/é", "http://e/a.", "http://e/-a", "http://e/#_", "urn:x:name"]
)
def test_a_property_that_ends_in_a_name_is_written(name: str) -> None:
    root = ET.fromstring(written(name, "x"))  # noqa: S314 - written here
    (element,) = root[0]
    assert element.tag.replace("{", "").replace("}", "") == name


@pytest.mark.parametrize(
    "name", ["http://e/123", "http://e/", "http://e/a%20", "http://e/\u00b7", "urn:x:1", "http://e/p?a=1"]
)
def test_a_property_without_a_name_is_refused(name: str) -> None:
    with pytest.raises(NotAcceptable, match="RDF/XML cannot represent the property"):
        written(name, "x")


@pytest.mark.parametrize("text", ["\x00", "a\x01b", "\x0b", "\uffff"])
def test_a_character_that_xml_has_no_form_for_is_refused(text: str) -> None:
    with pytest.raises(NotAcceptable, match="XML cannot represent"):
        written("http://e/p", text)


def test_markup_in_a_literal_is_written() -> None:
    root = ET.fromstring(written("http://e/p", "<b>&amp;\t\n]]>"))  # noqa: S314 - written here
    assert root[0][0].text == "<b>&amp;\t\n]]>"

from collections.abc import Callable
from pathlib import Path

import pytest
from pyoxigraph import Literal, Quad

from loaders.curated.law import labels
from loaders.curated.law.instruments import language_version
from loaders.errors import InputError
from loaders.tables import Row
from ontology import iris
from ontology.terms import DCTERMS, SKOS

Edit = Callable[[str, str, str], Path]
ADDRESS = "https://example.org/opsc"


def row(**changed: str) -> Row:
    cells = {"iri_path": "eli/opsc", "language": "fr", "label": "Protocole facultatif", "source": f"Page, {ADDRESS}"}
    return Row("labels.csv", 3, cells | changed)


@pytest.mark.parametrize("definition", ["sale-of-children", "child-prostitution", "child-pornography"])
def test_each_definition_has_one_label_in_each_of_the_six_languages(tables: Path, definition: str) -> None:
    subject = iris.thing("definition", "opsc", definition)
    names = [
        quad.object
        for quad in labels.load_labels(tables)
        if quad.subject == subject and quad.predicate == SKOS.prefLabel
    ]
    languages = [name.language for name in names if isinstance(name, Literal)]
    assert sorted(map(str, languages)) == ["ar", "en", "es", "fr", "ru", "zh"]


def test_a_title_goes_to_the_protocol_and_to_its_version_with_its_source() -> None:
    title, graph = Literal("Protocole facultatif", language="fr"), iris.graph("instruments")
    version, source = language_version("opsc", "fr"), iris.source("page")
    assert set(labels.quads([row()], {ADDRESS: "page"})) == {
        Quad(iris.instrument("opsc"), DCTERMS.title, title, graph),
        Quad(iris.instrument("opsc"), DCTERMS.source, source, graph),
        Quad(version, DCTERMS.title, title, graph),
        Quad(version, DCTERMS.source, source, graph),
    }


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"language": "de"}, "is not a language of the United Nations"),
        ({"iri_path": "scheme/role/adopter"}, "is neither an instrument"),
        ({"source": "https://example.org/elsewhere"}, "is not the address of a source"),
    ],
)
def test_a_bad_cell_is_reported_with_file_and_line(changed: dict[str, str], reason: str) -> None:
    with pytest.raises(InputError, match=rf"^labels\.csv:3: .*{reason}"):
        list(labels.quads([row(**changed)], {ADDRESS: "page"}))

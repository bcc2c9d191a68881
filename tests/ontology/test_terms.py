"""Every term of the ontology that the project names is one that the ontology declares."""

import re
from pathlib import Path

import pytest
from pyoxigraph import RdfFormat, parse

from ontology.documents import FOLDER
from ontology.terms import OPSC, PREFIXES

ROOT = FOLDER.parent
FOLDERS = ("opsc", "endpoint", "graph", "loaders", "shapes", "ontology", "tests", "bench")
NAMED = {
    ".py": re.compile(r"\bOPSC(?:\.([A-Za-z]\w*)|\[\"(\w+)\"\])"),
    ".rq": re.compile(r"<[^<>\s]*>|(?<![\w:.-])opsc:([A-Za-z]\w*)"),
    ".ttl": re.compile(r"<[^<>\s]*>|(?<![\w:.-])opsc:([A-Za-z]\w*)"),
}
ATTRIBUTES_OF_THE_VOCABULARY = {"iri"}


def named_terms(path: Path) -> set[str]:
    matches = NAMED[path.suffix].finditer(path.read_text(encoding="utf-8"))
    return {term for match in matches for term in match.groups() if term} - ATTRIBUTES_OF_THE_VOCABULARY


@pytest.fixture(scope="module")
def declared() -> set[str]:
    subjects = {quad.subject for quad in parse(path=FOLDER / "opsc.ttl", format=RdfFormat.TURTLE)}
    return {
        str(subject)[1:-1].removeprefix(OPSC.iri) for subject in subjects if str(subject).startswith(f"<{OPSC.iri}")
    }


@pytest.mark.parametrize("folder", FOLDERS)
def test_named_terms_are_declared(folder: str, declared: set[str]) -> None:
    files = [path for path in (ROOT / folder).rglob("*") if path.suffix in NAMED and "node_modules" not in path.parts]
    undeclared = {str(path.relative_to(ROOT)): sorted(named_terms(path) - declared) for path in files}
    assert {path: terms for path, terms in undeclared.items() if terms} == {}


@pytest.mark.parametrize(
    ("name", "text", "terms"),
    [
        ("code.py", 'OPSC.Treaty, OPSC["text"], OPSC.iri, other.OPSC', {"Treaty", "text"}),
        (
            "query.rq",
            "?x a opsc:Treaty ; opsc:inForce/opsc:on ?y . <https://w3id.org/opsc:no>",
            {"Treaty", "inForce", "on"},
        ),
        ("data.ttl", "opsc:a opsc:b source:opsc, <eli/opsc:c> .", {"a", "b"}),
    ],
)
def test_terms_are_found_in_text(tmp_path: Path, name: str, text: str, terms: set[str]) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    assert named_terms(path) == terms


def test_documents_bind_a_prefix_as_the_code_does() -> None:
    for path in (FOLDER / "opsc.ttl", FOLDER / "alignments.ttl"):
        parser = parse(path=path, format=RdfFormat.TURTLE)
        list(parser)
        shared = parser.prefixes.keys() & PREFIXES.keys()
        assert {prefix: parser.prefixes[prefix] for prefix in shared} == {prefix: PREFIXES[prefix] for prefix in shared}

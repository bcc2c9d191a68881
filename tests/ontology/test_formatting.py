from pathlib import Path

import pytest
from pyoxigraph import RdfFormat, parse

from ontology.documents import documents
from ontology.formatting import FormattingError, formatted, main

UNTIDY = """
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix unused: <https://example.org/unused#> .
@prefix opsc: <https://w3id.org/opsc/ns#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
opsc:gist a owl:DatatypeProperty . opsc:Treaty skos:prefLabel "traité"@fr, "a \\"treaty\\""@en ; a owl:Class .
skos:Concept a owl:Class . <https://w3id.org/opsc/ns> a owl:Ontology ; owl:versionInfo '''1'''.
"""
TIDY = """\
@prefix opsc: <https://w3id.org/opsc/ns#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .

<https://w3id.org/opsc/ns>
  a owl:Ontology ;
  owl:versionInfo "1" .

opsc:Treaty
  a owl:Class ;
  skos:prefLabel "a \\"treaty\\""@en, "traité"@fr .

skos:Concept
  a owl:Class .

opsc:gist
  a owl:DatatypeProperty .
"""


def test_header_then_classes_then_properties_with_the_project_s_own_terms_first() -> None:
    assert formatted(UNTIDY) == TIDY


@pytest.mark.parametrize("path", documents(), ids=lambda path: path.stem)
def test_documents_of_the_ontology_are_formatted(path: Path) -> None:
    turtle = path.read_text(encoding="utf-8")
    assert formatted(turtle) == turtle


@pytest.mark.parametrize("path", documents(), ids=lambda path: path.stem)
def test_formatting_keeps_every_triple(path: Path) -> None:
    turtle = path.read_text(encoding="utf-8")
    assert set(parse(formatted(turtle), RdfFormat.TURTLE)) == set(parse(turtle, RdfFormat.TURTLE))


@pytest.mark.parametrize(
    "statement",
    [
        r'<s> <p> "tab\t, line\nbreak, return\r, back\\slash, \"quote\""@en .',
        "@prefix x: <http://www.w3.org/2001/XMLSchema#> . <s> <p> 007, '7'^^x:integer, true, 'maybe'^^x:boolean .",
        '<s> <p> "2002-01-18"^^<http://www.w3.org/2001/XMLSchema#date>, 1.5, "plain" .',
        "@prefix e: <https://example.org/> . e:a.b e:part <https://example.org/art_3/par_1>, e:2000-05-25, e:, e:a- .",
    ],
)
def test_formatting_keeps_every_kind_of_term(statement: str) -> None:
    turtle = f"@base <https://example.org/> . {statement}"
    assert set(parse(formatted(turtle), RdfFormat.TURTLE)) == set(parse(turtle, RdfFormat.TURTLE))


def test_concepts_follow_their_scheme_by_ordinal() -> None:
    turtle = """
        @prefix opsc: <https://w3id.org/opsc/ns#> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> .
        @prefix s: <https://w3id.org/opsc/scheme/> . @prefix b: <https://w3id.org/opsc/scheme/b/> .
        b:early skos:inScheme s:b ; opsc:ordinal 2 . b:late skos:inScheme s:b ; opsc:ordinal 10 .
        b:any skos:inScheme s:b . s:b a skos:ConceptScheme . s:a a skos:ConceptScheme .
    """
    subjects = [line for line in formatted(turtle).splitlines() if line.startswith(("s:", "b:"))]
    assert subjects == ["s:a", "s:b", "b:early", "b:late", "b:any"]


def test_long_lists_of_objects_stand_one_a_line() -> None:
    turtle = f"<https://e.org/s> <https://e.org/p> <https://e.org/{'a' * 60}>, <https://e.org/{'b' * 60}> ."
    assert formatted(turtle).splitlines()[-2:] == [
        f"    <https://e.org/{'a' * 60}>,",
        f"    <https://e.org/{'b' * 60}> .",
    ]


@pytest.mark.parametrize(
    ("turtle", "reason"),
    [
        (
            "<https://e.org/s> <https://e.org/p> 1 .\n# said by hand\n",
            "terms.ttl:2: formatting would lose this comment",
        ),
        ("<https://e.org/s> <https://e.org/p> [] .", "blank node"),
        ("[] <https://e.org/p> 1 .", "blank node"),
        ("\n<https://e.org/s> <https://e.org/p>\n", "terms.ttl:"),
    ],
)
def test_what_formatting_would_lose_is_refused(turtle: str, reason: str) -> None:
    with pytest.raises(FormattingError, match=reason):
        formatted(turtle, "terms.ttl")


def test_a_hash_in_an_iri_or_a_string_is_no_comment() -> None:
    turtle = '<https://e.org/s#a> <https://e.org/p> "point # 1", """two\n# lines""", \'# three\' .'
    assert len(set(parse(formatted(turtle), RdfFormat.TURTLE))) == 3


def test_command_rewrites_files_and_check_only_reports_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "terms.ttl"
    path.write_text(UNTIDY, encoding="utf-8")
    assert main(["--check", str(path)]) == 1
    assert f"{path}: not formatted" in capsys.readouterr().out
    assert path.read_text(encoding="utf-8") == UNTIDY
    assert main([str(path)]) == 0
    assert path.read_text(encoding="utf-8") == TIDY
    assert main(["--check", str(path)]) == 0

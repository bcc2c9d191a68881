"""``opsc validate`` with shapes that import documents, and with vocabularies: how published profiles are built."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.commanding import opsc

PREFIXES = """
@prefix ex: <http://example.org/> . @prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> . @prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
"""
SHAPES = """ex:shapes a owl:Ontology ; owl:imports ex:vocabulary .
ex:S a sh:NodeShape ; sh:targetClass ex:T ; sh:property [ sh:path ex:p ; sh:minCount 1 ] ."""
VOCABULARY = "ex:vocabulary a owl:Ontology . ex:U rdfs:subClassOf ex:T . ex:example a ex:T ."
DATA = "ex:d a ex:U ."


def write(folder: Path, **texts: str) -> None:
    for name, text in texts.items():
        (folder / f"{name}.ttl").write_text(PREFIXES + text, encoding="utf-8")


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run ``opsc validate``; names of Turtle files are those of files in ``folder``."""
    named = [str(folder / one) if one.endswith(".ttl") else one for one in arguments]
    return opsc(folder, "validate", *named)


def report(folder: Path, *arguments: str) -> Any:  # noqa: ANN401
    ran = run(folder, "--format", "json", *arguments)
    assert ran.returncode in {0, 1}, ran.stderr
    return json.loads(ran.stdout)


def focus_nodes(content: Any) -> list[str]:  # noqa: ANN401
    return [result["focusNode"].rpartition("/")[2] for result in content["results"]]


@pytest.mark.parametrize("option", ["--shapes", "--background"])
def test_an_imported_vocabulary_may_be_given_and_tells_subclasses(tmp_path: Path, option: str) -> None:
    write(tmp_path, shapes=SHAPES, vocabulary=VOCABULARY, data=DATA)
    content = report(tmp_path, "--shapes", "shapes.ttl", option, "vocabulary.ttl", "data.ttl")
    assert focus_nodes(content) == ["d"]
    told = "given as shapes that hold none" in " ".join(content.get("notes", []))
    assert told == (option == "--shapes")


def test_extra_shapes_see_the_background(tmp_path: Path) -> None:
    write(tmp_path, shapes=SHAPES, vocabulary=VOCABULARY, data=DATA)
    arguments = ["--extra-shapes", "shapes.ttl", "--background", "vocabulary.ttl", "--against", "none", "data.ttl"]
    assert "d" in focus_nodes(report(tmp_path, *arguments))


def test_background_gives_values_their_class_and_is_not_validated(tmp_path: Path) -> None:
    shapes = """ex:S a sh:NodeShape ; sh:targetClass ex:Dataset ;
      sh:property [ sh:path ex:theme ; sh:class skos:Concept ] .
    ex:C a sh:NodeShape ; sh:targetClass skos:Concept ; sh:property [ sh:path skos:prefLabel ; sh:minCount 1 ] .
    ex:O a sh:NodeShape ; sh:targetObjectsOf ex:narrower ; sh:property [ sh:path skos:prefLabel ; sh:minCount 1 ] ."""
    write(
        tmp_path,
        shapes=shapes,
        themes="ex:health a skos:Concept . ex:law a skos:Concept ; ex:narrower ex:treaties .",
        data="ex:d a ex:Dataset ; ex:theme ex:health, ex:unknown . ex:own a skos:Concept .",
    )
    content = report(tmp_path, "--shapes", "shapes.ttl", "--background", "themes.ttl", "data.ttl")
    assert sorted(focus_nodes(content)) == ["d", "own"]
    assert {result.get("value") for result in content["results"]} == {None, "http://example.org/unknown"}
    assert len(report(tmp_path, "--shapes", "shapes.ttl", "themes.ttl", "data.ttl")["results"]) == 5


def test_what_the_data_repeat_of_the_background_is_validated(tmp_path: Path) -> None:
    write(tmp_path, shapes=SHAPES, vocabulary=VOCABULARY, data="ex:example a ex:T .")
    content = report(tmp_path, "--shapes", "shapes.ttl", "--background", "vocabulary.ttl", "data.ttl")
    assert focus_nodes(content) == ["example"]


def test_sparql_constraints_see_the_background(tmp_path: Path) -> None:
    shapes = """ex:S a sh:NodeShape ; sh:targetClass ex:T ; sh:sparql [ sh:message "label: {?label}" ; sh:select
    "SELECT $this ?label WHERE { $this <http://example.org/theme>/<http://example.org/label> ?label }" ] ."""
    vocabulary = 'ex:health ex:label "Health" . ex:example a ex:T ; ex:theme ex:health .'
    write(tmp_path, shapes=shapes, vocabulary=vocabulary, data="ex:d a ex:T ; ex:theme ex:health .")
    (result,) = report(tmp_path, "--shapes", "shapes.ttl", "--background", "vocabulary.ttl", "data.ttl")["results"]
    assert (result["focusNode"], result["message"]) == ("http://example.org/d", "label: Health")


@pytest.mark.parametrize(
    ("imported", "declared"),
    [
        ("ex:vocabulary", "<http://example.org/vocabulary#> a owl:Ontology ."),
        ("<http://example.org/vocabulary/>", "ex:vocabulary a owl:Ontology ."),
        ("<http://example.org/2.0>", "ex:vocabulary a owl:Ontology ; owl:versionIRI <http://example.org/2.0> ."),
        ("<vocabulary.ttl>", "ex:U rdfs:subClassOf ex:T ."),
        ("<vocabulary.ttl#>", "ex:U rdfs:subClassOf ex:T ."),
        ("<http://www.w3.org/ns/shacl#>", ""),
        ("sh:", ""),
    ],
)
def test_imports_match_ontologies_versions_files_and_shacl_itself(tmp_path: Path, imported: str, declared: str) -> None:
    write(tmp_path, shapes=SHAPES.replace("ex:vocabulary", imported), vocabulary=declared + " ex:v a ex:V .", data=DATA)
    for base in ((), ("--base", "https://example.org/profile/")):
        arguments = ("--shapes", "shapes.ttl", "--background", "vocabulary.ttl", *base, "data.ttl")
        assert report(tmp_path, *arguments)["conforms"] == ("U" not in declared)


def test_data_may_be_imported_and_then_its_shapes_apply(tmp_path: Path) -> None:
    write(
        tmp_path,
        shapes=SHAPES,
        data="ex:vocabulary a owl:Ontology . ex:u a ex:T ; ex:p 1 . ex:more sh:targetNode "
        "ex:u ; sh:property [ sh:path ex:q ; sh:minCount 1 ] .",
    )
    assert focus_nodes(report(tmp_path, "--shapes", "shapes.ttl", "data.ttl")) == ["u"]


def test_shapes_that_are_not_at_hand_are_refused_and_vocabularies_are_told(tmp_path: Path) -> None:
    vocabulary = VOCABULARY + " ex:vocabulary owl:imports ex:elsewhere ."
    write(tmp_path, shapes=SHAPES, vocabulary=vocabulary, data=DATA)
    refused = run(tmp_path, "--shapes", "shapes.ttl", "data.ttl")
    assert refused.returncode == 2
    assert (
        f"{tmp_path / 'shapes.ttl'}: imports <http://example.org/vocabulary>, but documents are not" in refused.stderr
    )
    for option in ("--shapes", "--background"):
        content = report(tmp_path, "--shapes", "shapes.ttl", option, "vocabulary.ttl", "data.ttl")
        assert "so that nothing in them counts: <http://example.org/elsewhere>" in " ".join(content["notes"])


def test_background_is_for_shapes_of_the_user(tmp_path: Path) -> None:
    write(tmp_path, vocabulary=VOCABULARY, data=DATA)
    refused = run(tmp_path, "--background", "vocabulary.ttl", "data.ttl")
    assert refused.returncode == 2
    assert "need --shapes or --extra-shapes" in refused.stderr


class TestCopies:
    """``--offline-imports``."""

    @staticmethod
    def profile(folder: Path) -> tuple[str, ...]:
        """Write a profile as ePO and DCAT-US are built: modules that import each other, an ontology, and ``sh:``."""
        copies = folder / "copies"
        (copies / "data.example.org" / "eli").mkdir(parents=True)
        write(
            folder,
            profile="ex:profile a owl:Ontology ; owl:imports sh: , <http://data.example.org/module> .",
            data="ex:d a ex:U ; ex:format ex:pdf .",
        )
        write(
            copies / "data.example.org",
            module="""ex:module a owl:Ontology ; owl:imports <http://example.org/profile>, <https://data.example.org/listed>,
            <http://data.example.org/eli/ontology#> . <#S> a sh:NodeShape ; sh:targetClass ex:T ;
            sh:property [ sh:path ex:format ; sh:class ex:Format ] , [ sh:path ex:p ; sh:minCount 1 ] .""",
        )
        write(copies / "data.example.org" / "eli", ontology="ex:U rdfs:subClassOf ex:T . ex:pdf a ex:Format .")
        write(
            copies,
            other="ex:More a sh:NodeShape ; sh:targetClass ex:U ; sh:property [ sh:path ex:q ; sh:minCount 1 ] .",
        )
        (copies / "imports.csv").write_text("iri,file\nhttps://data.example.org/listed/,other.ttl\n", encoding="utf-8")
        return "--shapes", "profile.ttl", "--offline-imports", str(copies), "data.ttl"

    def test_profiles_are_read_with_all_that_they_import(self, tmp_path: Path) -> None:
        content = report(tmp_path, *self.profile(tmp_path))
        paths = sorted(result["path"] for result in content["results"])
        assert paths == ["http://example.org/p", "http://example.org/q"]
        explained = run(tmp_path, "--explain", *self.profile_options(tmp_path))
        assert explained.stdout.startswith("3 of 3 constraints are compiled")

    @staticmethod
    def profile_options(folder: Path) -> tuple[str, ...]:
        return "--shapes", "profile.ttl", "--offline-imports", str(folder / "copies")

    @pytest.mark.parametrize(
        ("row", "problem"),
        [
            ("../profile.ttl", "is not inside"),
            ("/etc/hostname", "is not inside"),
            ("link.ttl", "is not inside"),
            ("missing.ttl", "imports.csv:2: column 'file', value 'missing.ttl': there is no such file"),
            ("data.example.org", "there is no such file"),
        ],
    )
    def test_nothing_outside_the_folder_is_read(self, tmp_path: Path, row: str, problem: str) -> None:
        arguments = self.profile(tmp_path)
        (tmp_path / "copies" / "link.ttl").symlink_to(tmp_path / "data.ttl")
        table = tmp_path / "copies" / "imports.csv"
        table.write_text(f"iri,file\nhttps://data.example.org/listed,{row}\n", encoding="utf-8")
        refused = run(tmp_path, *arguments)
        assert refused.returncode == 2
        assert problem in refused.stderr

    @pytest.mark.parametrize(
        "iri",
        [
            "http://data.example.org/../../profile",
            "http://../profile",
            "http://data.example.org/%2e%2e/%2e%2e/profile",
            "http://data.example.org/module?x=1",
            "http://[",
            "file:///profile.ttl",
            "urn:profile",
        ],
    )
    def test_an_iri_names_no_file_elsewhere(self, tmp_path: Path, iri: str) -> None:
        self.profile(tmp_path)
        write(tmp_path, asking=f"<> owl:imports <{iri}> . ex:S a sh:NodeShape ; sh:targetClass ex:T .")
        _, _, *arguments = self.profile_options(tmp_path)
        refused = run(tmp_path, "--shapes", "asking.ttl", *arguments, "data.ttl")
        assert refused.returncode == 2
        assert refused.stderr.startswith(f"opsc: {tmp_path / 'asking.ttl'}:")

    @pytest.mark.parametrize("language", ["en", "fr", "es"])
    def test_a_document_that_is_listed_without_a_copy_is_left_out_and_told(self, tmp_path: Path, language: str) -> None:
        write(tmp_path, shapes=SHAPES.replace("ex:vocabulary", "ex:vocabulary, <http://www.w3.org/ns/org#>"), data=DATA)
        (tmp_path / "imports.csv").write_text(
            "iri,file\nhttp://example.org/vocabulary,\nhttp://www.w3.org/ns/org,\n", encoding="utf-8"
        )
        arguments = ("--lang", language, "--shapes", "shapes.ttl", "--offline-imports", str(tmp_path), "data.ttl")
        content = report(tmp_path, *arguments)
        told = " ".join(content["notes"])
        assert content["conforms"]
        assert "<http://example.org/vocabulary>, <http://www.w3.org/ns/org#>" in told

"""``opsc validate`` with shapes of the user: what SHACL says, in the report as RDF and JSON."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from opsc.commands.validate import validate

PREFIXES = """
@prefix ex: <http://example.org/> . @prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> . @prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
EX = "http://example.org/"


def run(folder: Path, shapes: str, data: str, *options: str) -> Result:
    for name, text in (("shapes.ttl", shapes), ("data.ttl", data)):
        (folder / name).write_text(PREFIXES + text, encoding="utf-8")
    arguments = ["--shapes", str(folder / "shapes.ttl"), *options, str(folder / "data.ttl")]
    return CliRunner().invoke(validate, arguments)


def report(folder: Path, shapes: str, data: str, *options: str) -> Any:  # noqa: ANN401
    ran = run(folder, shapes, data, "--format", "json", *options)
    assert ran.exit_code in {0, 1}, ran.output
    return json.loads(ran.stdout)


def focus_nodes(content: Any) -> list[str]:  # noqa: ANN401
    return [result["focusNode"].removeprefix(EX) for result in content["results"]]


def query(text: str) -> str:
    """Return a shape for the instances of ``ex:T`` with a SPARQL constraint."""
    return f"""ex:S a sh:NodeShape ; sh:targetClass ex:T ; sh:sparql [ sh:prefixes ex:o ; sh:select '''{text}''' ] .
    ex:o sh:declare [ sh:prefix "ex" ; sh:namespace "{EX}"^^xsd:anyURI ] ."""


class TestBase:
    SHAPES = "<#S> a sh:NodeShape ; sh:targetNode <data.ttl#thing> ; sh:property [ sh:path ex:p ; sh:minCount 1 ] ."

    def test_the_base_of_a_file_is_its_own_iri(self, tmp_path: Path) -> None:
        content = report(tmp_path, self.SHAPES, "<#thing> ex:q 1 . <> ex:q <other> .")
        (result,) = content["results"]
        assert result["focusNode"] == (tmp_path / "data.ttl").as_uri() + "#thing"
        assert (result["file"], result["line"]) == (str(tmp_path / "data.ttl"), 5)

    def test_a_base_can_be_given(self, tmp_path: Path) -> None:
        content = report(tmp_path, self.SHAPES, "<data.ttl#thing> ex:q 1 .", "--base", "https://example.org/a/")
        assert [result["focusNode"] for result in content["results"]] == ["https://example.org/a/data.ttl#thing"]

    def test_a_contribution_needs_absolute_iris_or_a_base(self, tmp_path: Path) -> None:
        data = tmp_path / "data.ttl"
        data.write_text("<#a> <http://example.org/p> 1 .", encoding="utf-8")
        arguments = ["--against", "none", str(data)]
        refused = CliRunner().invoke(validate, arguments)
        assert "is relative and there is no base IRI" in str(refused.exception)
        assert CliRunner().invoke(validate, ["--base", "https://example.org/", *arguments]).exit_code in {0, 1}


@pytest.mark.parametrize(("severity", "exit_code"), [("sh:Violation", 1), ("sh:Warning", 0), ("sh:Info", 0)])
def test_sh_conforms_is_false_for_any_result(severity: str, exit_code: int, tmp_path: Path) -> None:
    shapes = f"ex:S a sh:NodeShape ; sh:targetNode ex:a ; sh:severity {severity} ; sh:class ex:C ."
    assert "sh:conforms false" in run(tmp_path, shapes, "ex:a ex:p 1 .", "--format", "turtle").stdout
    assert report(tmp_path, shapes, "ex:a ex:p 1 .")["conforms"] is False
    assert run(tmp_path, shapes, "ex:a ex:p 1 .").exit_code == exit_code


class TestOneResultForEachViolation:
    @pytest.mark.parametrize("message", ["", 'sh:message "Give it." ;'])
    @pytest.mark.parametrize(
        ("constraint", "number"),
        [
            ("sh:class ex:A, ex:B", 2),
            ("sh:class ex:A ; sh:nodeKind sh:Literal ; sh:disjoint ex:q", 3),
            ("sh:hasValue 1, 2", 2),
        ],
    )
    def test_each_constraint_has_its_own(self, constraint: str, number: int, message: str, tmp_path: Path) -> None:
        shapes = f"ex:S a sh:NodeShape ; sh:targetNode ex:a ; sh:property [ sh:path ex:p ; {message} {constraint} ] ."
        content = report(tmp_path, shapes, "ex:a ex:p ex:b ; ex:q ex:b, ex:c .")
        assert len(content["results"]) == content["violations"] == number

    @pytest.mark.parametrize("message", ["", 'sh:message "One label." ;'])
    def test_each_language_has_its_own(self, message: str, tmp_path: Path) -> None:
        shapes = (
            f"ex:S a sh:NodeShape ; sh:targetNode ex:a ; sh:property [ sh:path ex:p ; {message} sh:uniqueLang true ] ."
        )
        assert len(report(tmp_path, shapes, 'ex:a ex:p "a"@en, "b"@en, "c"@de, "d"@de, "e" .')["results"]) == 2

    @pytest.mark.parametrize("message", ["", 'sh:message "Give it." ;'])
    @pytest.mark.parametrize("constraint", ["sh:minCount 2", "sh:minCount 2 ; sh:equals ex:p"])
    def test_a_shared_property_shape_reports_for_each_shape(
        self, constraint: str, message: str, tmp_path: Path
    ) -> None:
        shapes = f"""ex:S a sh:NodeShape ; sh:targetNode ex:a, ex:b ; sh:property ex:P .
            ex:T a sh:NodeShape ; sh:targetNode ex:b, ex:c ; sh:property ex:P .
            ex:P sh:path ex:p ; {message} {constraint} ."""
        content = report(tmp_path, shapes, "ex:a ex:p 1 . ex:b ex:p 1 . ex:c ex:p 1 .")
        assert focus_nodes(content) == ["a", "b", "b", "c"]

    def test_results_of_property_shapes_are_not_repeated_beside_those_of_the_node_shape(self, tmp_path: Path) -> None:
        shapes = """ex:S a sh:NodeShape ; sh:targetNode ex:a ; sh:node [ sh:class ex:C ] ;
            sh:property [ sh:path ex:p ; sh:minCount 2 ] ."""
        assert focus_nodes(report(tmp_path, shapes, "ex:a ex:p 1 .")) == ["a", "a"]

    def test_text_and_html_show_equal_results_once(self, tmp_path: Path) -> None:
        shapes = "ex:S a sh:NodeShape ; sh:targetNode ex:a ; sh:class ex:A, ex:A2 ; sh:message 'Give a class.' ."
        assert len(report(tmp_path, shapes, "ex:a ex:p 1 .")["results"]) == 2
        for name in ("text", "html"):
            assert run(tmp_path, shapes, "ex:a ex:p 1 .", "--format", name).stdout.count("Give a class.") == 1


def test_unique_languages_are_asked_for_by_true_only(tmp_path: Path) -> None:
    shapes = (
        "ex:S a sh:NodeShape ; sh:targetNode ex:a ; sh:property [ sh:path ex:p ; sh:uniqueLang '1'^^xsd:boolean ] ."
    )
    assert report(tmp_path, shapes, 'ex:a ex:p "a"@en, "b"@en .')["conforms"] is True


class TestSparql:
    # The second value cannot be held by a store as it is written: queries are then evaluated by rdflib.
    DATA = ("ex:a a ex:T ; ex:p 1 .", "ex:a a ex:T ; ex:p 01 .")

    @pytest.mark.parametrize("data", DATA)
    @pytest.mark.parametrize(
        "where",
        [
            "{ FILTER(bound($this)) } $this ex:p ?value",
            "{ FILTER($this = ex:a) } UNION { FILTER($this = ex:b) }",
            "{ { { FILTER(bound($this)) } } }",
            "{ BIND($this AS ?value) } FILTER(?value = $this)",
            "OPTIONAL { { FILTER(bound($this)) ?other ex:p ?found } } FILTER(bound(?found))",
            "FILTER EXISTS { { FILTER(bound($this)) } }",
            "FILTER NOT EXISTS { { FILTER(!bound($this)) } }",
            "{ SELECT $this (COUNT(?v) AS ?value) { $this ex:p ?v } GROUP BY $this }",
        ],
    )
    def test_every_group_sees_the_focus_node(self, where: str, data: str, tmp_path: Path) -> None:
        assert focus_nodes(report(tmp_path, query(f"SELECT $this WHERE {{ {where} }}"), data)) == ["a"]

    @pytest.mark.parametrize("where", ["{ FILTER(isBlank($this)) } $this ex:p ?v", "{ { $this ex:p 1 } }"])
    def test_every_group_sees_a_blank_focus_node(self, where: str, tmp_path: Path) -> None:
        found = report(tmp_path, query(f"SELECT $this WHERE {{ {where} }}"), "[] a ex:T ; ex:p 1 . [] a ex:T .")
        assert len(found["results"]) == 1

    def test_nested_shapes_and_components_see_the_focus_node_too(self, tmp_path: Path) -> None:
        shapes = query("SELECT $this WHERE { { FILTER(bound($this)) } $this ex:p ?value }").replace(
            "ex:S a sh:NodeShape ; sh:targetClass ex:T ;",
            "ex:S a sh:NodeShape ; sh:targetClass ex:T ; sh:node ex:N . ex:N",
        )
        assert focus_nodes(report(tmp_path, shapes, self.DATA[0])) == ["a"]

    def test_prefixes_are_imported(self, tmp_path: Path) -> None:
        shapes = query("SELECT $this WHERE { $this ex:p ?value }").replace("sh:prefixes ex:o", "sh:prefixes ex:all")
        content = report(
            tmp_path, shapes + "ex:all owl:imports ex:more . ex:more a owl:Ontology ; owl:imports ex:o .", self.DATA[0]
        )
        assert focus_nodes(content) == ["a"]

    def test_shapes_graph_and_current_shape_are_bound(self, tmp_path: Path) -> None:
        shapes = query(
            "SELECT $this WHERE { GRAPH $shapesGraph { $currentShape ex:least ?n } $this ex:p ?v FILTER(?v < ?n) }"
        )
        assert focus_nodes(
            report(tmp_path, shapes + "ex:S ex:least 2 .", "ex:a a ex:T ; ex:p 1 . ex:b a ex:T ; ex:p 2 .")
        )

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("SELECT $this (?v AS ?value) WHERE { $this ex:p ?v }", "it uses AS in SELECT"),
            ("SELECT $this WHERE { { $this ex:p 1 } UNION { $this ex:p 2 } }", "it uses UNION"),
            ("SELECT $this WHERE { ?s ex:p $this }", "it does not begin with a triple pattern of $this"),
            ("SELECT $this WHERE { $this ex:p ?v { $this ex:q ?v } }", "it has nested groups"),
        ],
    )
    def test_explain_says_why_a_query_is_evaluated_for_each_focus_node(
        self, text: str, reason: str, tmp_path: Path
    ) -> None:
        explained = run(tmp_path, query(text), "ex:a a ex:T .", "--explain").stdout
        assert f"with one query of pyoxigraph for each focus node, since {reason}" in explained

    def test_blank_nodes_and_closures_of_paths_are_not_moved_into_subqueries(self, tmp_path: Path) -> None:
        blank = (
            "SELECT $this ?o WHERE { $this ex:p ?a ; ex:q ?b . ?o ex:p ?a ; ex:q ?b ; ex:via _:x . _:x ex:kind 'k' }"
        )
        data = "ex:n a ex:T ; ex:p 1 ; ex:q 2 . ex:o ex:p 1 ; ex:q 2 ; ex:via [ ex:kind 'k' ] ."
        shapes = query(blank).replace("sh:targetClass", "sh:message 'twin' ; sh:targetClass")
        assert focus_nodes(report(tmp_path, shapes, data)) == ["n"]
        closure = query("SELECT $this ?o WHERE { $this ex:p ?o . ?o ^ex:q+ $this }")
        closure = closure.replace("sh:targetClass", "sh:message 'both' ; sh:targetClass")
        assert "SELECT * WHERE" not in run(tmp_path, closure, data, "--explain").stdout
        assert focus_nodes(report(tmp_path, closure, "ex:a a ex:T ; ex:p ex:c ; ex:q [ ex:q ex:c ] .")) == ["a"]

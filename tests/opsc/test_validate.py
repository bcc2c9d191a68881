"""``opsc validate`` as a contributor runs it: reports on standard output, exit codes 0, 1 and 2, never a traceback."""

import json
import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from pyoxigraph import RdfFormat, parse

from graph.settings import QueryLimits
from graph.sparql.dataset import load_nquads
from graph.sparql.engine import QueryEngine
from graph.validation import Document, ValidationRequest, validate_documents
from graph.versions.release import current
from ontology import iris
from ontology.terms import SH, SHAPES
from opsc.commands.validate import validate as command
from shapes import documents
from shapes.reports import FORMATS
from tests.commanding import opsc

ROOT = Path(__file__).parents[2]
EXAMPLES = documents.FOLDER / "examples"
BACKGROUND = EXAMPLES / "background.ttl"
PASSING = EXAMPLES / "RatificationShape.pass.ttl"
FAILING = EXAMPLES / "RatificationShape.fail.ttl"
ALONE = ("--against", "none")
USER_SHAPES = """
@prefix ex: <https://example.org/> .
@prefix opsc: <https://w3id.org/opsc/ns#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
ex:StateShape a sh:NodeShape ; sh:targetClass opsc:State ;
  sh:property [ sh:path ex:capital ; sh:minCount 1 ; sh:message "Name the capital with ex:capital."@en ] .
"""
CAPITALS = """@prefix opsc: <https://w3id.org/opsc/ns#> .

<https://example.org/state> a opsc:State .
"""
ARGENTINA = """
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix opsc: <https://w3id.org/opsc/ns#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
<https://example.org/action/1> a opsc:Accession, opsc:ConsentToBeBound, opsc:ParticipationAction ;
  opsc:instrument <https://w3id.org/opsc/eli/opsc> ;
  opsc:participant <https://w3id.org/opsc/id/state/ARG> ;
  opsc:dateEarliest "2003-09-25"^^xsd:date ;
  opsc:dateLatest "2003-09-25"^^xsd:date ;
  opsc:datePrecision <https://w3id.org/opsc/scheme/date-precision/day> ;
  opsc:underProvision <https://w3id.org/opsc/eli/opsc/art_13/par_2> ;
  dcterms:source <https://w3id.org/opsc/id/source/untc-2015> .
"""


def validate(*arguments: str | Path, home: Path | None = None, locale: str = "C") -> subprocess.CompletedProcess[str]:
    return opsc(home or Path("/nonexistent"), "validate", *arguments, COLUMNS="160", LC_ALL=locale)


def written(path: Path, content: str) -> Path:
    path.write_text(content, encoding="utf-8")
    return path


def refused(ran: subprocess.CompletedProcess[str]) -> str:
    """Return the one line of a failure, having checked that it is one, with exit code 2 and nothing on stdout."""
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.count("\n") == 1
    return ran.stderr


def test_conforming_files_exit_with_0() -> None:
    ran = validate(*ALONE, "--format", "json", BACKGROUND, PASSING)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert json.loads(ran.stdout)["violations"] == 0


def test_a_file_that_does_not_conform_exits_with_1_and_says_what_to_do() -> None:
    ran = validate(*ALONE, BACKGROUND, FAILING)
    assert (ran.returncode, ran.stderr) == (1, "")
    assert ran.stdout.startswith("Does not conform: 1 violation")
    assert "Check both dates against the depositary's table" in ran.stdout


def test_warnings_alone_exit_with_0() -> None:
    ran = validate(*ALONE, BACKGROUND, PASSING)
    assert ran.returncode == 0
    assert ran.stdout.startswith("Conforms: 2 warnings.")


def test_the_report_as_json() -> None:
    ran = validate(*ALONE, "--format", "json", BACKGROUND, FAILING)
    assert ran.returncode == 1
    content = json.loads(ran.stdout)
    assert content["violations"] == 1
    (violation,) = [result for result in content["results"] if result["severity"] == "violation"]
    assert violation["focusNode"] == iris.action("opsc", "NOR", "ratification").value
    assert violation["sourceConstraint"] == SHAPES.notBeforeSignature.value


def test_the_report_as_turtle() -> None:
    ran = validate(*ALONE, "--format", "turtle", BACKGROUND, FAILING)
    assert ran.returncode == 1
    quads = list(parse(ran.stdout.encode(), format=RdfFormat.TURTLE))
    assert iris.action("opsc", "NOR", "ratification") in {
        quad.object for quad in quads if quad.predicate == SH.focusNode
    }
    assert [quad.object.value for quad in quads if quad.predicate == SH.conforms] == ["false"]


def test_files_are_merged_with_the_release_unless_told_otherwise(built_home: Path, tmp_path: Path) -> None:
    contribution = written(tmp_path / "argentina.ttl", ARGENTINA)
    ran = validate("--format", "json", contribution, home=built_home)
    assert ran.returncode == 1
    found = {result.get("sourceConstraint") for result in json.loads(ran.stdout)["results"]}
    assert {SHAPES["AccessionShape-notSigned"].value, SHAPES["ConsentToBeBoundShape-once"].value} <= found
    assert validate(*ALONE, contribution).returncode == 1


def test_a_new_fact_with_its_source_conforms_to_the_release(built_home: Path, tmp_path: Path) -> None:
    cameroon = (
        ARGENTINA.replace("ARG", "CMR")
        .replace("Accession", "Ratification")
        .replace("2003-09-25", "2025-12-02")
        .replace("untc-2015", "nl-treaty-database")
    )
    ran = validate(written(tmp_path / "cameroon.ttl", cameroon), home=built_home)
    assert (ran.stdout.partition("\n")[0], ran.returncode) == ("Conforms.", 0)
    assert "10 new, 0 in the graph already" in ran.stdout


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("<https://w3id.org/opsc/ns#State> a <https://example.org/Class> .", "reserved"),
        ("@prefix a: <https://example.org/> .", "empty"),
        ("<https://example.org/g> { <https://example.org/a> a <https://example.org/B> }", "foreign-graph"),
    ],
)
def test_what_a_contribution_would_refuse_without_a_report_is_said(
    content: str, code: str, built_home: Path, tmp_path: Path
) -> None:
    path = written(tmp_path / "file.trig", content)
    assert f"a contribution would be refused: {code}" in refused(validate(path, home=built_home))


def test_without_a_release_it_says_what_to_run(tmp_path: Path) -> None:
    assert "opsc build" in refused(validate(PASSING, home=tmp_path))


def test_shapes_of_ones_own_take_the_place_of_the_projects(tmp_path: Path) -> None:
    shapes = written(tmp_path / "shapes.ttl", USER_SHAPES)
    ran = validate("--shapes", shapes, BACKGROUND)
    assert ran.returncode == 1
    assert "Name the capital with ex:capital." in ran.stdout
    assert "opsc:sourceAsOf" not in ran.stdout


@pytest.mark.parametrize(
    ("name", "content", "place", "reason"),
    [
        ("broken.ttl", "<https://example.org/a> <https://example.org/b>\n  [ .", "broken.ttl:2:", ""),
        ("relative.ttl", "<a> <b> <c> .", "relative.ttl:1:", "relative"),
        ("data.csv", "a,b\n", "data.csv: ", "is a table (CSV), not RDF"),
        ("data.txt", "a,b\n", "data.txt: ", "extension"),
        ("entities.rdf", '<!DOCTYPE x [<!ENTITY a "b">]><x/>', "entities.rdf", "DOCTYPE"),
    ],
)
def test_a_file_that_is_no_rdf_is_one_clear_line(
    tmp_path: Path, name: str, content: str, place: str, reason: str
) -> None:
    message = refused(validate(*ALONE, written(tmp_path / name, content)))
    assert place in message
    assert reason in message


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    assert f"{tmp_path / 'nowhere.ttl'}: " in refused(validate(*ALONE, tmp_path / "nowhere.ttl"))


def test_a_shapes_file_without_shapes_is_refused() -> None:
    message = refused(validate("--shapes", BACKGROUND, PASSING))
    assert f"{BACKGROUND}: declares no SHACL shape" in message


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("sh:minCount 1", 'sh:minCount "one"', 'sh:minCount is "one"; give an integer'),
        ("sh:minCount 1", 'sh:pattern "("', "missing )"),
        (
            "sh:property",
            'sh:sparql [ sh:select "SELECT $this FROM <file:///etc/hostname> WHERE { $this ?p ?o }" ] ; sh:property',
            "uses FROM",
        ),
    ],
)
def test_shapes_that_cannot_be_used_are_refused(tmp_path: Path, old: str, new: str, reason: str) -> None:
    shapes = written(tmp_path / "shapes.ttl", USER_SHAPES.replace(old, new))
    message = refused(validate("--shapes", shapes, BACKGROUND))
    assert message.startswith(f"opsc: {shapes}: ")
    assert reason in message


def test_results_say_where_they_stand_in_which_file(tmp_path: Path) -> None:
    data = written(tmp_path / "data.ttl", CAPITALS)
    ran = validate("--shapes", written(tmp_path / "shapes.ttl", USER_SHAPES), BACKGROUND, data)
    assert f"\n  {data}:3:1: violation: ex:capital\n" in ran.stdout.replace(
        "<https://example.org/capital>", "ex:capital"
    )
    assert f"\n  {BACKGROUND}:" in ran.stdout


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_goes_to_a_file_when_asked(name: str, tmp_path: Path) -> None:
    out = tmp_path / "report"
    ran = validate(*ALONE, "--format", name, "--out", out, BACKGROUND, FAILING)
    assert (ran.returncode, ran.stdout, ran.stderr) == (1, "", "")
    assert out.read_text(encoding="utf-8") == validate(*ALONE, "--format", name, BACKGROUND, FAILING).stdout


def test_a_report_that_cannot_be_written_is_one_clear_line(tmp_path: Path) -> None:
    message = refused(validate(*ALONE, "--out", tmp_path / "nowhere" / "report.txt", BACKGROUND, PASSING))
    assert "cannot be written" in message


def test_a_report_never_takes_the_place_of_the_data(tmp_path: Path) -> None:
    data = written(tmp_path / "data.ttl", CAPITALS)
    ran = validate(*ALONE, "--out", tmp_path / "." / "data.ttl", data)
    assert ran.returncode == 2
    assert "choose another file" in ran.stderr
    assert data.read_text(encoding="utf-8") == CAPITALS


@pytest.mark.parametrize("name", FORMATS)
def test_a_file_name_that_is_no_text_does_no_harm(name: str, tmp_path: Path) -> None:
    data = tmp_path / os.fsdecode(b"da\xffta\n.ttl")
    data.write_bytes(PASSING.read_bytes())
    ran = validate(*ALONE, "--format", name, data)
    assert (ran.returncode, ran.stderr) == (1, "")


@pytest.mark.parametrize(
    ("arguments", "locale", "verdict"),
    [
        (("--lang", "es"), "fr_FR.UTF-8", "No conforme"),
        ((), "fr_CA.UTF-8", "Non conforme"),
        ((), "es", "No conforme"),
        ((), "de_DE.UTF-8", "Does not conform"),
        ((), "C", "Does not conform"),
    ],
)
def test_the_report_is_in_the_language_asked_for_or_of_the_locale(
    arguments: tuple[str, ...], locale: str, verdict: str
) -> None:
    assert validate(*ALONE, *arguments, BACKGROUND, FAILING, locale=locale).stdout.startswith(verdict)


@pytest.mark.parametrize(("fail_on", "code"), [("violation", 0), ("warning", 1), ("info", 1)])
def test_the_least_severity_that_fails_can_be_chosen(fail_on: str, code: int) -> None:
    ran = validate(*ALONE, "--fail-on", fail_on, BACKGROUND, PASSING)
    assert ran.returncode == code
    assert ran.stdout.startswith("Does not conform: 2 warnings." if code else "Conforms: 2 warnings.")


def test_shapes_in_addition_leave_the_projects_in_force(tmp_path: Path) -> None:
    shapes = written(tmp_path / "shapes.ttl", USER_SHAPES)
    ran = validate(*ALONE, "--extra-shapes", shapes, BACKGROUND, FAILING)
    assert ran.returncode == 1
    assert "Name the capital with ex:capital." in ran.stdout
    assert "Check both dates against the depositary's table" in ran.stdout


def test_shapes_in_addition_are_for_what_the_files_speak_of(built_home: Path, tmp_path: Path) -> None:
    shapes = written(tmp_path / "shapes.ttl", USER_SHAPES)
    data = written(tmp_path / "sweden.ttl", "<https://w3id.org/opsc/id/state/SWE> <https://example.org/capitol> 1 .")
    ran = validate("--extra-shapes", shapes, data, "--format", "json", home=built_home)
    assert {result["focusNode"] for result in json.loads(ran.stdout)["results"]} == {iris.state("SWE").value}


def test_shapes_in_addition_reach_literals_objects_and_target_nodes(built_home: Path, tmp_path: Path) -> None:
    shapes = written(
        tmp_path / "shapes.ttl",
        """@prefix ex: <https://example.org/> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> .
        @prefix sh: <http://www.w3.org/ns/shacl#> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
        ex:Cited a sh:NodeShape ; sh:targetObjectsOf ex:cites ; sh:property [ sh:path skos:prefLabel ; sh:minCount 1 ] .
        ex:On a sh:NodeShape ; sh:targetObjectsOf ex:on ; sh:datatype xsd:date .
        ex:Must a sh:NodeShape ; sh:targetNode ex:dataset ; sh:property [ sh:path skos:prefLabel ; sh:minCount 1 ] .
        ex:All a sh:NodeShape ; sh:targetClass skos:Concept ; sh:property [ sh:path ex:never ; sh:minCount 1 ] .""",
    )
    data = written(
        tmp_path / "note.ttl",
        """@prefix my: <https://example.org/> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
        my:note <http://www.w3.org/2004/02/skos/core#prefLabel> "Note"@en ; my:cites my:page ;
          my:on "2020-13-01"^^xsd:date .""",
    )
    ran = validate("--extra-shapes", shapes, data, "--format", "json", home=built_home)
    report = json.loads(ran.stdout)
    assert {result["focusNode"] for result in report["results"]} >= {
        "2020-13-01",
        "https://example.org/dataset",
        "https://example.org/page",
    }
    assert re.search(r"only the release mentions, which are not shown: \d{3}", " ".join(report["notes"]))
    assert "which are not shown" in validate("--extra-shapes", shapes, data, home=built_home).stdout


def test_iris_are_shortened_with_the_prefixes_of_the_files(tmp_path: Path) -> None:
    shapes = written(
        tmp_path / "shapes.ttl",
        """@prefix our: <https://example.org/our/> . @prefix sh: <http://www.w3.org/ns/shacl#> .
        our:S a sh:NodeShape ; sh:targetClass our:Act ; sh:property [ sh:path our:day ; sh:minCount 1 ] .""",
    )
    data = written(tmp_path / "act.ttl", "@prefix our: <https://example.org/our/> . our:act a our:Act .")
    ran = validate("--shapes", shapes, data)
    assert "violation: our:day\n    No value of our:day.\n" in ran.stdout


def test_a_solution_may_bind_the_message(tmp_path: Path) -> None:
    constraint = """@prefix ex: <https://example.org/> . @prefix sh: <http://www.w3.org/ns/shacl#> .
        ex:S a sh:NodeShape ; sh:targetClass ex:Act ; sh:message "of the shape" ; sh:sparql [ sh:message "fixed" ;
          sh:select "SELECT $this ?message WHERE {{ $this <https://example.org/day> ?day {more} }}" ] ."""
    data = written(tmp_path / "act.ttl", "@prefix ex: <https://example.org/> . ex:act a ex:Act ; ex:day 5 .")
    for more in (
        "BIND(CONCAT('value is ', STR(?day)) AS ?message)",
        "BIND('value is 5' AS ?message) FILTER(?day != 6)",
    ):
        shapes = written(tmp_path / "shapes.ttl", constraint.format(more=more))
        (result,) = json.loads(validate("--shapes", shapes, data, "--format", "json").stdout)["results"]
        assert result["message"] == "value is 5"
    shapes = written(tmp_path / "shapes.ttl", constraint.format(more=""))
    (result,) = json.loads(validate("--shapes", shapes, data, "--format", "json").stdout)["results"]
    assert result["messages"] == {"": "fixed"}


def test_two_messages_in_one_language_are_both_told(tmp_path: Path) -> None:
    shapes = written(
        tmp_path / "shapes.ttl",
        """@prefix ex: <https://example.org/> . @prefix sh: <http://www.w3.org/ns/shacl#> .
        ex:S a sh:NodeShape ; sh:targetNode ex:act ; sh:message "one", "two" ; sh:nodeKind sh:Literal .""",
    )
    data = written(tmp_path / "act.ttl", "<https://example.org/act> <https://example.org/day> 5 .")
    (result,) = json.loads(validate("--shapes", shapes, data, "--format", "json").stdout)["results"]
    assert result["messages"] == {"": "one\ntwo"}


def test_both_surfaces_read_the_same_report(built_home: Path, tmp_path: Path) -> None:
    shapes = written(tmp_path / "shapes.ttl", USER_SHAPES)
    data = written(tmp_path / "sweden.ttl", "<https://w3id.org/opsc/id/state/SWE> <https://example.org/capitol> 1 .")
    ran = validate("--extra-shapes", shapes, data, "--format", "json", home=built_home)
    documents_sent = [Document(path.read_bytes(), "text/turtle", str(path)) for path in (data, shapes)]
    engine = QueryEngine(load_nquads(current(built_home).quads_file), QueryLimits())
    checked = validate_documents(
        engine, ValidationRequest((documents_sent[0],), extra_shapes=(documents_sent[1],)), "merged"
    )
    assert json.loads(checked.report) == json.loads(ran.stdout)


def test_a_french_reader_reads_the_french_name_of_a_state(built_home: Path, tmp_path: Path) -> None:
    sweden = '<https://w3id.org/opsc/id/state/SWE> <https://w3id.org/opsc/ns#iso3> "Sweden" .'
    ran = validate("--lang", "fr", written(tmp_path / "sweden.ttl", sweden), home=built_home)
    assert "Su\xe8de\n  <https://w3id.org/opsc/id/state/SWE>\n" in ran.stdout


def test_a_date_that_does_not_exist_is_reported_where_it_stands(tmp_path: Path) -> None:
    data = written(tmp_path / "date.ttl", ARGENTINA.replace('Earliest "2003-09-25"', 'Earliest "2003-02-31"'))
    ran = validate(*ALONE, data)
    assert ran.returncode == 1
    assert (
        f'{data}:8:21: violation: opsc:dateEarliest "2003-02-31"\n    opsc:dateEarliest is the first day' in ran.stdout
    )


def test_a_value_that_a_constraint_on_the_whole_thing_finds_is_pointed_at(built_home: Path, tmp_path: Path) -> None:
    data = written(tmp_path / "early.ttl", ARGENTINA.replace("2003-09-25", "1999-02-03"))
    ran = validate(data, home=built_home)
    assert f'{data}:8:21: violation: "1999-02-03"\n    Dated 1999-02-03, before ' in ran.stdout


def test_shapes_are_either_instead_or_in_addition(tmp_path: Path) -> None:
    shapes = written(tmp_path / "shapes.ttl", USER_SHAPES)
    ran = validate("--shapes", shapes, "--extra-shapes", shapes, PASSING)
    assert ran.returncode == 2
    assert "use either --shapes" in ran.stderr


def test_it_explains_which_constraints_are_compiled() -> None:
    ran = validate("--explain")
    assert (ran.returncode, ran.stderr) == (0, "")
    summary, *blocks = ran.stdout.split("\n\n")
    assert re.fullmatch(r"[0-9]+ of [0-9]+ constraints are compiled; pySHACL evaluates the rest\.", summary)
    (iso3,) = [block for block in blocks if block.startswith("opscsh:ParticipantShape-iso3\n")]
    assert "\n  sh:pattern: compiled\n      SELECT " in iso3
    assert "opscsh:notBeforeSignature: compiled" in ran.stdout
    names = [block.splitlines()[0] for block in blocks]
    assert len(names) == len(set(names))


def test_it_explains_shapes_of_ones_own(tmp_path: Path) -> None:
    shapes = written(tmp_path / "shapes.ttl", USER_SHAPES)
    ran = validate("--explain", "--shapes", shapes)
    assert ran.stdout.startswith("1 of 1 constraints are compiled")
    both = validate("--explain", "--extra-shapes", shapes, "--out", tmp_path / "explained.txt")
    assert (both.returncode, both.stdout) == (0, "")
    assert len((tmp_path / "explained.txt").read_text(encoding="utf-8")) > len(ran.stdout)
    assert "declares no SHACL shape" in refused(validate("--explain", "--shapes", BACKGROUND))


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--format", "pdf", PASSING),
        ("--against", "everything", PASSING),
        ("--lang", "de", PASSING),
        ("--fail-on", "error", PASSING),
    ],
)
def test_wrong_usage_exits_with_2(arguments: tuple[str | Path, ...]) -> None:
    ran = validate(*arguments)
    assert ran.returncode == 2
    assert "Traceback" not in ran.stderr
    assert "Usage:" in ran.stderr


def options() -> set[str]:
    return {option for parameter in command.params for option in parameter.opts if option.startswith("--")}


def test_the_documentation_names_every_option_and_format() -> None:
    text = (ROOT / "docs" / "validation.md").read_text(encoding="utf-8")
    assert options() == set(re.findall(r"^\| `(--[a-z-]+) ?[^|]*` \|", text.replace("`, `", " "), re.MULTILINE))
    for name, form in FORMATS.items():
        assert re.search(rf"^###.* {name}\b|^### {name}$", text, re.MULTILINE), name
        assert form.media_type in text


@pytest.mark.parametrize("example", ["validation.md", "examples/github-action.yml", "examples/pre-commit.yaml"])
def test_the_commands_in_documentation_are_valid(example: str) -> None:
    text = (ROOT / "docs" / example).read_text(encoding="utf-8")
    lines = re.findall(r"opsc validate (-[^\n`]*)", text)
    assert lines
    for line in lines:
        arguments = shlex.split(re.split(r"\s{3,}", line)[0])
        with command.make_context("validate", [*arguments, "data.ttl"]) as context:
            assert context.params["paths"]


def test_the_examples_have_the_keys_that_their_readers_require() -> None:
    for name, keys in [("github-action.yml", ["on", "permissions", "jobs"]), ("pre-commit.yaml", ["repos"])]:
        text = (ROOT / "docs" / "examples" / name).read_text(encoding="utf-8")
        assert "\t" not in text
        assert set(keys) <= set(re.findall(r"^(\w+):", text, re.MULTILINE))


def test_what_was_contributed_before_counts_as_part_of_the_graph(built_home: Path, tmp_path: Path) -> None:
    home = Path(shutil.copytree(built_home, tmp_path / "home"))
    prefixes = "@prefix opsc: <https://w3id.org/opsc/ns#> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> ."
    claim = written(
        tmp_path / "claim.ttl",
        f"""{prefixes} @prefix prov: <http://www.w3.org/ns/prov#> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
        <https://example.org/claim/1> a opsc:Claim, prov:Entity ;
          opsc:about <https://w3id.org/opsc/id/action/opsc/NOR/ratification> ;
          opsc:claimKind <https://w3id.org/opsc/scheme/claim-kind/date> ; opsc:claimedValue "2001-10-02"^^xsd:date ;
          opsc:figure <https://w3id.org/opsc/scheme/figure/deposit> ;
          opsc:accordingTo <https://example.org/source/1> .""",
    )
    source = written(
        tmp_path / "source.ttl",
        f"""{prefixes} @prefix prov: <http://www.w3.org/ns/prov#> . @prefix dcterms: <http://purl.org/dc/terms/> .
        @prefix foaf: <http://xmlns.com/foaf/0.1/> .
        <https://example.org/source/1> a opsc:Source, prov:Entity ; dcterms:title "An archive"@en ;
          opsc:sourceKind <https://w3id.org/opsc/scheme/source-kind/document> ;
          foaf:page <https://example.org/archive> .""",
    )
    assert validate(claim, home=home).returncode == 1
    contributed = opsc(home, "contribute", source, "--source", "https://example.org/source/1")
    assert contributed.returncode == 0, contributed.stdout + contributed.stderr
    assert validate(claim, home=home).returncode == 0


def test_a_literal_that_libraries_warn_of_gives_a_result_and_no_warning(tmp_path: Path) -> None:
    prefixes = "@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .\n"
    shape = "<urn:S> sh:targetNode <urn:a> ; sh:property [ sh:path <urn:p> ; sh:datatype xsd:boolean ] ."
    shapes, data = written(tmp_path / "s.ttl", prefixes + shape), tmp_path / "d.ttl"
    written(data, prefixes + '<urn:a> <urn:p> "yes"^^xsd:boolean, "2000-99-99"^^xsd:date .')
    reply = validate("--shapes", shapes, data)
    assert (reply.returncode, reply.stderr) == (1, "")

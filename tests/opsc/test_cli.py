"""The command line, through real processes: what it prints, how it fails, and that it never shows a traceback."""

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from pyoxigraph import RdfFormat, parse

from graph.metadata.examples import load_examples
from graph.versions import release
from tests import commanding


def opsc(home: Path, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return commanding.opsc(home, *arguments, stdin=stdin, COLUMNS="160")


def refused(finished: subprocess.CompletedProcess[str]) -> str:
    """Return the one line that a failure printed, having checked that it is one, with exit code 2."""
    assert finished.returncode == 2, (finished.stdout, finished.stderr)
    assert "Traceback" not in finished.stderr
    return finished.stderr


def test_help_lists_every_command_and_each_shows_an_example(built_home: Path) -> None:
    overview = opsc(built_home, "--help").stdout
    for command in ("build", "serve", "query", "status", "load", "validate", "export"):
        assert command in overview
        words = ["load", "untc"] if command == "load" else [command]
        assert "Example" in opsc(built_home, *words, "--help").stdout, command


def test_an_unknown_command_is_refused(built_home: Path) -> None:
    assert "No such command 'bild'" in refused(opsc(built_home, "bild"))


@pytest.mark.parametrize("arguments", [("query", "ASK {}"), ("status", "Norway"), ("export",)])
def test_without_a_release_each_command_says_what_to_run(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    message = refused(opsc(tmp_path, *arguments))
    assert message.startswith("opsc: no release in ")
    assert "opsc build" in message
    assert message.count("\n") == 1


def test_a_query_from_a_file_prints_a_table(built_home: Path) -> None:
    question = next(question for question in load_examples() if question.name == "participation-05-the-ten-deposits")
    path = Path(__file__).parent.parent / "competency" / f"{question.name}.rq"
    printed = opsc(built_home, "query", str(path)).stdout
    assert "Romania" in printed
    assert "2001-10-18" in printed


def test_a_query_as_text_prints_csv(built_home: Path) -> None:
    query = "SELECT (COUNT(*) AS ?n) WHERE { ?s a <https://w3id.org/opsc/ns#Succession> }"
    rows = list(csv.reader(io.StringIO(opsc(built_home, "query", query, "--format", "csv").stdout)))
    assert rows[0] == ["n"]
    assert int(rows[1][0]) >= 1


def test_a_query_from_standard_input_prints_json(built_home: Path) -> None:
    printed = opsc(built_home, "query", "-", "--format", "json", stdin="ASK { ?s ?p ?o }").stdout
    assert json.loads(printed)["boolean"] is True


def test_a_construct_query_prints_turtle(built_home: Path) -> None:
    query = "CONSTRUCT { ?s ?p ?o } WHERE { VALUES ?s { <https://w3id.org/opsc/id/state/NOR> } ?s ?p ?o }"
    printed = opsc(built_home, "query", query).stdout
    assert len(list(parse(printed.encode(), RdfFormat.TURTLE))) > 5


def test_a_syntax_error_is_shown_with_line_and_column(built_home: Path) -> None:
    assert "line 1, column" in refused(opsc(built_home, "query", "SELECT ?s WHERE { ?s ?p }"))


def test_a_query_that_asks_another_endpoint_is_refused(built_home: Path) -> None:
    assert "SERVICE" in refused(opsc(built_home, "query", "SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }"))


def test_a_query_file_that_is_not_there_is_named(built_home: Path) -> None:
    assert "missing.rq" in refused(opsc(built_home, "query", "missing.rq"))


def test_a_format_that_does_not_exist_is_refused_with_those_that_do(built_home: Path) -> None:
    assert "'csv'" in refused(opsc(built_home, "query", "ASK {}", "--format", "yaml"))


def test_an_unknown_state_is_refused_with_the_nearest_names(built_home: Path) -> None:
    message = refused(opsc(built_home, "status", "Norwai"))
    assert "no participant is named 'Norwai'" in message
    assert "Norway" in message


@pytest.mark.parametrize("name", ["Norway", "NOR", "no", "Norvège", "挪威", "النرويج"])
def test_a_state_is_found_by_its_codes_and_names(built_home: Path, name: str) -> None:
    found = json.loads(opsc(built_home, "status", name, "--json").stdout)
    assert found["iri"] == "https://w3id.org/opsc/id/state/NOR"


@pytest.mark.parametrize(
    ("on", "signed_only", "party"),
    [
        ("2005-09-15", "no", "no"),
        ("2005-09-16", "yes", "no"),
        ("2021-06-30", "uncertain", "uncertain"),
        ("2021-09-30", "no", "yes"),
    ],
)
def test_a_day_inside_a_bracket_is_answered_as_uncertain(
    built_home: Path, on: str, signed_only: str, party: str
) -> None:
    found = json.loads(opsc(built_home, "status", "Fiji", "--on", on, "--json").stdout)
    holds = {interval["status"]: interval["holds"] for interval in found["intervals"]}
    assert holds["signed only"] == signed_only
    assert holds["party"] == party


def test_a_status_shows_rule_provision_and_sources(built_home: Path) -> None:
    printed = opsc(built_home, "status", "Benin", "--on", "2005-02-28").stdout
    assert "OPSC article 14(2)" in printed
    assert "untc-2015" in printed


def test_an_unreadable_day_is_refused(built_home: Path) -> None:
    assert "28/02/2005" in refused(opsc(built_home, "status", "Benin", "--on", "28/02/2005"))


def test_the_export_is_the_release(built_home: Path, tmp_path: Path) -> None:
    out = tmp_path / "opsc.nq"
    assert opsc(built_home, "export", "--out", str(out)).returncode == 0
    assert out.read_bytes() == release.current(built_home).quads_file.read_bytes()


@pytest.mark.parametrize(
    ("name", "rdf_format"),
    [
        ("turtle", RdfFormat.TURTLE),
        ("ntriples", RdfFormat.N_TRIPLES),
        ("rdfxml", RdfFormat.RDF_XML),
        ("jsonld", RdfFormat.JSON_LD),
        ("trig", RdfFormat.TRIG),
    ],
)
def test_one_graph_is_exported_whole_in_each_format(built_home: Path, name: str, rdf_format: RdfFormat) -> None:
    printed = opsc(built_home, "export", "--format", name, "--graph", "territories").stdout
    quads = parse(release.current(built_home).quads_file.read_bytes(), RdfFormat.N_QUADS)
    expected = {quad.triple for quad in quads if str(quad.graph_name).endswith("/graph/territories>")}
    assert {quad.triple for quad in parse(printed.encode(), rdf_format)} == expected


def test_a_graph_that_does_not_exist_is_refused_with_those_that_do(built_home: Path) -> None:
    assert "participation" in refused(opsc(built_home, "export", "--graph", "participants-of-all"))


def test_an_output_that_cannot_be_written_is_named_and_nothing_is_left(built_home: Path, tmp_path: Path) -> None:
    message = refused(opsc(built_home, "export", "--out", str(tmp_path / "no" / "folder" / "out.nq")))
    assert str(tmp_path / "no" / "folder") in message
    assert not list(tmp_path.iterdir())


def test_a_reader_that_leaves_early_gets_no_complaint(built_home: Path) -> None:
    command = f"{sys.executable} -m opsc export | head -n 1"
    piped = subprocess.run(
        ["bash", "-c", command],
        env={**os.environ, "OPSC_HOME": str(built_home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert piped.stdout.count("\n") == 1
    assert piped.stderr == ""

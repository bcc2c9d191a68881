"""``opsc load`` as a user runs it: real files in, N-Quads out, one clear line when something is wrong."""

import json
import os
import stat
import subprocess
from pathlib import Path

import pytest
from pyoxigraph import RdfFormat, parse

from ontology import iris
from ontology.terms import OPSC
from tests import commanding

ROOT = Path(__file__).parents[2]
TABLE = (
    'Participant,Signature,"Ratification, Accession(a), Succession(d)"\n'
    "Norway,13 Jun 2000,2 Oct 2001\n"
    "Montenegro,,23 Oct 2006 d\n"
)


def opsc(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return commanding.opsc(Path("/nonexistent"), "load", *arguments)


def started(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return commanding.started(Path("/nonexistent"), "load", *arguments)


def table(folder: Path, content: str | bytes = TABLE, name: str = "4-11-c.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def subjects(path: Path) -> set[str]:
    return {str(quad.subject.value) for quad in parse(path.read_bytes(), format=RdfFormat.N_QUADS)}


def action(iso3: str, kind: str) -> str:
    return iris.action("opsc", iso3, kind).value


def test_a_status_table_becomes_sorted_n_quads_about_the_instrument_of_the_graph(tmp_path: Path) -> None:
    out = tmp_path / "out.nq"
    ran = opsc("untc", table(tmp_path), "--out", out)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith("1 tables, 3 cells: 3 actions, 0 rejected; ")
    assert subjects(out) == {action("NOR", "signature"), action("NOR", "ratification"), action("MNE", "succession")}
    lines = out.read_bytes().splitlines()
    assert lines == sorted(lines)


def test_two_runs_give_the_same_bytes(tmp_path: Path) -> None:
    path = table(tmp_path)
    for run, out in ((opsc, "first.nq"), (started, "second.nq")):
        assert run("untc", path, "--out", tmp_path / out).returncode == 0
    assert (tmp_path / "first.nq").read_bytes() == (tmp_path / "second.nq").read_bytes()


@pytest.mark.parametrize(
    ("row", "reported"),
    [
        (
            "Norwegia,13 Jun 2000,",
            "4: column 'Signature', value '13 Jun 2000': unknown participant 'Norwegia'",
        ),
        ("Chad,June 2000,", "4: column 'Signature', value 'June 2000': is not a date with an optional marker"),
        (
            "Chad,,3 May 2002 P",
            "value '3 May 2002 P': the heading does not explain the marker 'P'; its markers are a, d",
        ),
    ],
)
def test_a_cell_that_is_not_understood_is_reported_and_the_rest_is_read(
    tmp_path: Path, row: str, reported: str
) -> None:
    out = tmp_path / "out.nq"
    ran = opsc("untc", table(tmp_path, f"{TABLE}{row}\n"), "--out", out)
    assert ran.returncode == 0
    assert reported in ran.stderr
    assert len(ran.stderr.splitlines()) == 1
    assert ran.stdout.startswith("1 tables, 4 cells: 3 actions, 1 rejected; ")
    assert len(subjects(out)) == 3


def test_the_summary_as_json_accounts_for_every_cell(tmp_path: Path) -> None:
    out = tmp_path / "out.nq"
    ran = opsc("untc", table(tmp_path, f"{TABLE}Narnia,13 Jun 2000,\n"), "--out", out, "--json")
    summary = json.loads(ran.stdout)
    assert (summary["tables"], summary["cells"], summary["actions"], summary["blank"]) == (1, 4, 3, 2)
    assert summary["quads"] == len(out.read_bytes().splitlines())
    (rejection,) = summary["rejections"]
    assert (rejection["row"], rejection["column"], rejection["value"]) == (4, "Signature", "13 Jun 2000")


def test_source_and_graph_are_options(tmp_path: Path) -> None:
    out = tmp_path / "out.nq"
    ran = opsc("untc", table(tmp_path), "--out", out, "--source", "untc-2026", "--graph", "contribution/1")
    assert ran.returncode == 0
    quads = list(parse(out.read_bytes(), format=RdfFormat.N_QUADS))
    assert {quad.graph_name for quad in quads} == {iris.graph("contribution/1")}
    assert iris.source("untc-2026") in {quad.object for quad in quads}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (TABLE.replace("Participant", "State"), "4-11-c.csv:1: has no column 'Participant'; its columns are 'State', "),
        ((TABLE + "Côte d'Ivoire,,\n").encode("latin-1"), "4-11-c.csv:4: byte 0xf4 at offset "),
        ("", "4-11-c.csv: is empty; a table must begin with a row of column headings"),
        (TABLE + "Chad,3 May 2002\n", "4-11-c.csv:4: has 2 cells, but the heading row has 3"),
    ],
)
def test_an_unusable_table_is_one_clear_line_and_leaves_the_output_alone(
    tmp_path: Path, content: str | bytes, reason: str
) -> None:
    out = tmp_path / "out.nq"
    out.write_text("before", encoding="utf-8")
    refused(opsc("untc", table(tmp_path, content), "--out", out), reason)
    assert out.read_text(encoding="utf-8") == "before"


def refused(ran: subprocess.CompletedProcess[str], reason: str) -> None:
    assert ran.returncode == 2
    assert ran.stdout == ""
    assert reason in ran.stderr
    assert "Traceback" not in ran.stderr
    assert len(ran.stderr.splitlines()) == 1


def test_a_folder_without_tables_is_refused(tmp_path: Path) -> None:
    refused(
        opsc("untc", tmp_path, "--out", tmp_path / "out.nq"), "contains no status tables; give a CSV file or a folder"
    )
    assert not (tmp_path / "out.nq").exists()


def test_a_path_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    refused(opsc("untc", tmp_path / "none", "--out", tmp_path / "out.nq"), "none: does not exist")


@pytest.mark.parametrize(
    ("out", "reason"),
    [
        ("missing/out.nq", "missing/out.nq: cannot be written: No such file or directory"),
        ("4-11-c.csv/out.nq", "4-11-c.csv/out.nq: cannot be written: Not a directory"),
        (".", "cannot be written: Is a directory"),
    ],
)
def test_an_output_that_cannot_be_written_is_refused_and_leaves_nothing_behind(
    tmp_path: Path, out: str, reason: str
) -> None:
    path = table(tmp_path)
    refused(opsc("untc", path, "--out", tmp_path / out), reason)
    refused(opsc("rdf", ROOT / "ontology" / "opsc.ttl", "--out", tmp_path / out), reason)
    assert list(tmp_path.iterdir()) == [path]


def test_a_device_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    descriptor = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert opsc("untc", table(tmp_path), "--out", pipe).returncode == 0
        assert os.read(descriptor, 1 << 20).startswith(b"<https://w3id.org/opsc/id/action/opsc/")
    finally:
        os.close(descriptor)
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_the_whole_collection_is_loaded_and_every_cell_accounted_for(tmp_path: Path) -> None:
    folder = Path(os.environ.get("OPSC_UNTC_TABLES", ROOT.parent / "shared" / "data" / "untc-2015"))
    if not folder.is_dir():
        pytest.skip(f"no status tables in {folder}; set OPSC_UNTC_TABLES to the folder that holds them")
    out = tmp_path / "out.nq"
    ran = opsc("untc", folder, "--out", out, "--json")
    summary = json.loads(ran.stdout)
    assert ran.returncode == 0
    assert summary["cells"] == summary["actions"] + len(summary["rejections"])
    assert len(ran.stderr.splitlines()) == len(summary["rejections"])
    assert action("BGD", "ratification") in subjects(out)
    assert summary["quads"] == out.read_bytes().count(b"\n")
    assert OPSC.participant.value.encode() in out.read_bytes()


def rdf_file(folder: Path, name: str, content: str) -> Path:
    path = folder / name
    path.write_text(content, encoding="utf-8")
    return path


def test_rdf_files_are_merged_into_sorted_n_quads(tmp_path: Path) -> None:
    first = rdf_file(tmp_path, "first.ttl", "<a:b> <b:c> 2, 1 .")
    second = rdf_file(tmp_path, "second.jsonld", '{"@id": "a:b", "b:c": 1}')
    out = tmp_path / "out.nq"
    ran = opsc("rdf", first, second, "--graph", "notes", "--out", out)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, f"2 files: 3 quads in {out}\n", "")
    integer = "^^<http://www.w3.org/2001/XMLSchema#integer> <https://w3id.org/opsc/graph/notes> ."
    assert out.read_text(encoding="utf-8").splitlines() == [f'<a:b> <b:c> "{number}"{integer}' for number in (1, 2)]


def test_rdf_goes_to_standard_output_where_no_file_is_named(tmp_path: Path) -> None:
    ran = opsc("rdf", rdf_file(tmp_path, "a.ttl", "<b> <c> <d> ."), "--base", "https://example.org/")
    base = "https://example.org/"
    assert (ran.returncode, ran.stdout) == (0, f"<{base}b> <{base}c> <{base}d> .\n")


def test_the_summary_of_rdf_as_json(tmp_path: Path) -> None:
    path, out = rdf_file(tmp_path, "a.ttl", "<a:b> <b:c> 1 ."), tmp_path / "out.nq"
    summary = json.loads(opsc("rdf", path, "--out", out, "--json").stdout)
    assert summary == {"quads": 1, "files": {str(path): 1}, "out": str(out)}


def test_a_summary_and_quads_do_not_share_standard_output(tmp_path: Path) -> None:
    ran = opsc("rdf", rdf_file(tmp_path, "a.ttl", "<a:b> <b:c> 1 ."), "--json")
    assert ran.returncode == 2
    assert "--json prints a summary to standard output; write the quads to a file with --out FILE" in ran.stderr


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.ttl", "<a:b> <b:c> 1 .\n<a:b> b:c 1 .", "a.ttl:2:7: The prefix b: has not been declared"),
        ("a.ttl", "", "a.ttl: is empty"),
        ("a.txt", "<a:b> <b:c> 1 .", "a.txt: unknown file extension"),
        ("a.ttl", "<a> <b:c> 1 .", "a.ttl:1:1: the IRI 'a' is relative"),
        ("a.rdf", "<!DOCTYPE a><a/>", "a.rdf:1: has a DOCTYPE, which is not allowed"),
        (
            "a.jsonld",
            '{"@context": "https://schema.org/"}',
            "a.jsonld: uses a remote @context, which is never fetched",
        ),
    ],
)
def test_unusable_rdf_is_one_clear_line_and_leaves_the_output_alone(
    tmp_path: Path, name: str, content: str, reason: str
) -> None:
    out = rdf_file(tmp_path, "out.nq", "before")
    good = rdf_file(tmp_path, "good.ttl", "<a:b> <b:c> 1 .")
    refused(opsc("rdf", good, rdf_file(tmp_path, name, content), "--out", out), reason)
    assert out.read_text(encoding="utf-8") == "before"


def test_a_graph_name_that_is_no_iri_is_a_usage_error(tmp_path: Path) -> None:
    ran = opsc("rdf", rdf_file(tmp_path, "a.ttl", "<a:b> <b:c> 1 ."), "--graph", "two words")
    assert ran.returncode == 2
    assert "'two words' is not a valid IRI" in ran.stderr


@pytest.mark.parametrize("command", [(), ("untc",), ("rdf",)])
def test_help_shows_an_example(command: tuple[str, ...]) -> None:
    ran = opsc(*command, "--help")
    assert ran.returncode == 0
    assert "Example:\n    opsc load " in ran.stdout

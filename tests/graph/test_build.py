"""The build: deterministic, whole, without blank nodes, and never in place of a release unless it conforms."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from pyoxigraph import BlankNode, NamedNode, Quad, Store

from graph import build
from graph.errors import NotConformingError
from graph.versions import release
from loaders.errors import InputError
from ontology import iris
from ontology.terms import DCTERMS, OPSC, PROV, RDF
from tests.commanding import opsc, started


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A copy of the curated tables, to be spoilt."""
    return Path(shutil.copytree(build.DATA, tmp_path / "data"))


def test_two_builds_give_the_same_bytes(built_home: Path, tmp_path: Path) -> None:
    assert started(tmp_path, "build").returncode == 0
    first, second = release.current(built_home), release.current(tmp_path)
    for name in (release.QUADS, release.MANIFEST, release.REPORT):
        assert (first.directory / name).read_bytes() == (second.directory / name).read_bytes(), name


def test_everything_in_a_release_has_an_iri(quads: list[Quad]) -> None:
    assert not [quad for quad in quads if isinstance(quad.subject, BlankNode) or isinstance(quad.object, BlankNode)]


def test_every_quad_lies_in_a_named_graph_of_the_project(quads: list[Quad]) -> None:
    names = {quad.graph_name for quad in quads}
    assert all(isinstance(name, NamedNode) and name.value.startswith(f"{iris.BASE}graph/") for name in names)


def test_every_action_statement_and_assessment_names_a_source_that_is_described(dataset: Store) -> None:
    for kind in (
        OPSC.ParticipationAction,
        OPSC.Statement,
        OPSC.Assessment,
        OPSC.Provision,
        OPSC.Obligation,
        OPSC.Offence,
    ):
        for quad in dataset.quads_for_pattern(None, RDF.type, kind, None):
            sources = [found.object for found in dataset.quads_for_pattern(quad.subject, DCTERMS.source, None, None)]
            assert sources, quad.subject
            for source in sources:
                assert any(dataset.quads_for_pattern(source, RDF.type, OPSC.Source, None)), source


def test_every_derived_fact_carries_rule_input_provision_and_source(dataset: Store) -> None:
    for kind in (OPSC.EntryIntoForce, OPSC.StatusInterval, OPSC.ReportDue, OPSC.Tally):
        facts = [quad.subject for quad in dataset.quads_for_pattern(None, RDF.type, kind, None)]
        assert facts
        for fact in facts:
            for predicate in (OPSC.derivedBy, PROV.wasDerivedFrom, OPSC.underProvision, DCTERMS.source):
                assert any(dataset.quads_for_pattern(fact, predicate, None, None)), (fact, predicate)


def test_the_manifest_counts_what_the_release_holds(built_home: Path, quads: list[Quad]) -> None:
    manifest = release.current(built_home).manifest
    assert manifest["quads"] == len(quads) == sum(manifest["graphs"].values())
    assert manifest["classes"][OPSC.Succession.value] >= 1
    assert "graph/data/participation.csv" in manifest["inputs"]


def test_data_that_do_not_conform_are_reported_and_the_release_before_stays(copied_home: Path, data: Path) -> None:
    before = release.current(copied_home)
    table = data / "participation.csv"
    spoilt = table.read_text(encoding="utf-8").replace("Norway,NOR,2000-06-13", "Norway,NOR,1999-06-13")
    assert spoilt != table.read_text(encoding="utf-8")
    table.write_text(spoilt, encoding="utf-8")
    with pytest.raises(NotConformingError) as refused:
        build.build_release(copied_home, data)
    assert "Norway" in refused.value.report_text
    assert release.current(copied_home) == before


def test_a_table_in_another_encoding_is_named_and_the_release_before_stays(copied_home: Path, data: Path) -> None:
    before = release.current(copied_home)
    table = data / "participation.csv"
    table.write_bytes(table.read_text(encoding="utf-8").encode("latin-1", errors="replace"))
    with pytest.raises(InputError, match=r"participation\.csv:\d+: .*UTF-8"):
        build.build_release(copied_home, data)
    assert release.current(copied_home) == before


def test_a_home_that_cannot_be_written_gives_one_line_and_exit_code_2(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    built = opsc(blocked / "home", "build")
    assert built.returncode == 2
    assert built.stderr.startswith("opsc: ")
    assert built.stderr.count("\n") == 1
    assert "OPSC_HOME" in built.stderr


@pytest.mark.skipif(
    os.geteuid() == 0 and shutil.which("setpriv") is None, reason="root writes everywhere, and setpriv is not installed"
)
def test_a_read_only_home_is_refused_in_one_line_and_keeps_its_release(copied_home: Path) -> None:
    before = release.current(copied_home)
    folder = copied_home / "releases"
    folder.chmod(0o555)
    # Root may write everywhere, unless it gives that power up.
    plain = ["setpriv", "--bounding-set=-dac_override", "--inh-caps=-dac_override"] if os.geteuid() == 0 else []
    built = subprocess.run(
        [*plain, sys.executable, "-m", "opsc", "build"],
        env={**os.environ, "OPSC_HOME": str(copied_home)},
        capture_output=True,
        text=True,
        check=False,
    )
    folder.chmod(0o755)
    assert built.returncode == 2
    assert (
        built.stderr == f"opsc: {copied_home} cannot be written (Permission denied);"
        " set OPSC_HOME to a writable folder\n"
    )
    assert release.current(copied_home) == before


def test_the_manifest_is_printed_as_json(copied_home: Path) -> None:
    printed = opsc(copied_home, "build", "--json")
    assert json.loads(printed.stdout) == release.current(copied_home).manifest

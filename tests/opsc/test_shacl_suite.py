"""The W3C test suite for SHACL Core and SHACL-SPARQL, through ``opsc validate``."""

import os
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner
from pyoxigraph import BlankNode, NamedNode, Quad, RdfFormat, parse

from ontology.rdf import AnyTerm
from ontology.terms import SH
from opsc.commands.validate import validate
from shapes import path_syntax
from shapes.shapes_graph import ShapesGraph

SUITE = Path(
    os.environ.get(
        "OPSC_DATA_SHAPES",
        Path(__file__).parents[2].parent / "shared/suites/data-shapes/data-shapes-test-suite/tests",
    )
)
MF = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
SHT = "http://www.w3.org/ns/shacl-test#"
FILES = sorted(
    path
    for part in ("core", "sparql")
    for path in (SUITE / part).rglob("*.ttl")
    if "sht:Validate" in path.read_text(encoding="utf-8")
)
FIELDS = (
    *("focusNode", "resultPath", "value", "resultSeverity"),
    *("sourceShape", "sourceConstraint", "sourceConstraintComponent"),
)
# The shapes import a document that the suite does not contain. It is not needed, but a validator cannot know that.
IMPORTS = {"sparql/component/validator-001": "<http://datashapes.org/dash> a owl:Ontology . [] a sh:NodeShape ."}
PREFIXES = "@prefix owl: <http://www.w3.org/2002/07/owl#> . @prefix sh: <http://www.w3.org/ns/shacl#> ."

pytestmark = pytest.mark.skipif(not FILES, reason=f"the W3C suite is not at {SUITE}; set OPSC_DATA_SHAPES")


def name_of(path: Path) -> str:
    return path.relative_to(SUITE).with_suffix("").as_posix()


def results(graph: ShapesGraph, report: AnyTerm) -> Counter[tuple[str, ...]]:
    described = path_syntax.path_triples(graph.quads)

    def field(node: AnyTerm, name: str) -> str:
        (value,) = graph.objects(node, SH[name]) or [None]
        if name == "resultPath" and isinstance(value, NamedNode | BlankNode):
            return path_syntax.full_path(value, described)
        return "blank node" if isinstance(value, BlankNode) else str(value)

    return Counter(tuple(field(node, name) for name in FIELDS) for node in graph.objects(report, SH.result))


def read(data: str | bytes, base: str) -> ShapesGraph:
    return ShapesGraph(list[Quad](parse(data, format=RdfFormat.TURTLE, base_iri=base)))


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_the_command_reports_what_the_suite_expects(path: Path, tmp_path: Path) -> None:
    case = read(path.read_bytes(), path.as_uri())
    (entry,) = {quad.subject for quad in case.quads if quad.predicate.value == MF + "action"}
    (action,), (expected,) = (case.objects(entry, NamedNode(MF + name)) for name in ("action", "result"))
    data, shapes = (
        case.objects(action, NamedNode(SHT + name))[0].value.removeprefix("file://")
        for name in ("dataGraph", "shapesGraph")
    )
    further = []
    if name_of(path) in IMPORTS:
        (tmp_path / "import.ttl").write_text(PREFIXES + IMPORTS[name_of(path)], encoding="utf-8")
        further = ["--shapes", str(tmp_path / "import.ttl")]
    ran = CliRunner().invoke(validate, ["--shapes", shapes, *further, "--format", "turtle", data])
    if expected == NamedNode(SHT + "Failure"):
        assert (ran.stdout, bool(ran.exception)) == ("", True)
        return
    found = read(ran.stdout, path.as_uri())
    (report,) = {quad.subject for quad in found.quads if quad.predicate == SH.conforms}
    assert found.objects(report, SH.conforms) == case.objects(expected, SH.conforms)
    assert results(found, report) == results(case, expected)

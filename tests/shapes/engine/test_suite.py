"""The W3C test suite for SHACL Core: the engine reports what the suite expects, and always what pySHACL reports."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from pyoxigraph import BlankNode, NamedNode, Quad, RdfFormat, parse

from ontology.rdf import AnyTerm
from ontology.terms import SH
from shapes import path_syntax, validation
from shapes.errors import ShapesError
from shapes.report import Report
from shapes.shapes_graph import ShapesGraph

SUITE = Path(os.environ.get("OPSC_SHACL_SUITE", Path(__file__).parents[3].parent / "shared" / "suites" / "shacl-core"))
MF = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
SHT = "http://www.w3.org/ns/shacl-test#"
BASE = "http://example.org/suite/"
FILES = sorted(path for path in SUITE.glob("*/*.ttl") if "sht:Validate" in path.read_text(encoding="utf-8"))

# Where pySHACL departs from the suite: docs/validation-engine.md says how.
DEPARTURES = {"property/uniqueLang-002"}

pytestmark = pytest.mark.skipif(not FILES, reason=f"the W3C suite is not at {SUITE}; set OPSC_SHACL_SUITE")


def read(path: Path) -> list[Quad]:
    base = BASE + path.relative_to(SUITE).as_posix()
    return list(parse(path=path, format=RdfFormat.TURTLE, base_iri=base))


class Case:
    """One test of the suite: its data, its shapes, and the report that it expects."""

    def __init__(self, path: Path) -> None:
        own = read(path)
        self.graph = ShapesGraph(own)
        (entry,) = {quad.subject for quad in own if quad.predicate.value == MF + "action"}
        (action,) = self.graph.objects(entry, NamedNode(MF + "action"))
        (self.expected,) = self.graph.objects(entry, NamedNode(MF + "result"))
        self.data, self.shapes = (self._file(action, name, own, path) for name in ("dataGraph", "shapesGraph"))

    def _file(self, action: AnyTerm, name: str, own: list[Quad], path: Path) -> list[Quad]:
        (iri,) = self.graph.objects(action, NamedNode(SHT + name))
        file = SUITE / iri.value.removeprefix(BASE)
        return own if file == path else read(file)

    def expects_failure(self) -> bool:
        return self.expected == NamedNode(SHT + "Failure")

    def expected_results(self) -> set[tuple[str, ...]]:
        described = path_syntax.path_triples(self.graph.quads)
        return {
            self._flat({name: self.graph.objects(node, SH[name]) for name in FIELDS}, described)
            for node in self.graph.objects(self.expected, SH.result)
        }

    def found_results(self, report: Report) -> set[tuple[str, ...]]:
        described = path_syntax.path_triples(report.details)
        return {
            self._flat(
                {
                    "focusNode": [result.focus_node],
                    "resultPath": [result.path] if result.path else [],
                    "value": [result.value] if result.value else [],
                    "sourceConstraintComponent": [result.component],
                    "resultSeverity": [result.severity],
                    "sourceShape": [result.source_shape],
                },
                described,
            )
            for result in report.results
        }

    def _flat(self, fields: dict[str, list[AnyTerm]], described: path_syntax.PathTriples) -> tuple[str, ...]:
        return tuple(
            ""
            if not values
            else path_syntax.full_path(values[0], described)
            if name == "resultPath"
            else named(values[0])
            for name, values in sorted(fields.items())
        )


FIELDS = ("focusNode", "resultPath", "value", "sourceConstraintComponent", "resultSeverity", "sourceShape")


def named(term: AnyTerm) -> str:
    return "blank node" if isinstance(term, BlankNode) else str(term)


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_the_report_is_the_one_that_the_suite_expects(path: Path) -> None:
    case = Case(path)
    if case.expects_failure():
        with pytest.raises(ShapesError):
            validation.validate(case.data, case.shapes)
        return
    assert case.found_results(validation.validate(case.data, case.shapes)) == case.expected_results()


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_the_report_is_the_one_of_pyshacl(
    path: Path,
    oracle: Callable[[list[Quad], list[Quad]], set[tuple[object, ...]]],
    compared: Callable[[object], set[tuple[object, ...]]],
) -> None:
    case = Case(path)
    if not case.expects_failure() and f"{path.parent.name}/{path.stem}" not in DEPARTURES:
        assert compared(validation.validate(case.data, case.shapes).results, case.shapes) == oracle(
            case.data, case.shapes
        )

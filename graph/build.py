"""Builds the graph from its sources: curated data, rules, description, validation, release."""

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pyoxigraph import BlankNode, NamedNode, Quad

import loaders.curated
import ontology.documents
import shapes.documents
import shapes.validation
from graph.errors import GraphError, NotConformingError
from graph.metadata import description, examples
from graph.rules import derive
from graph.sparql.dataset import create_store
from graph.versions import release
from graph.versions.release import Release
from ontology.terms import RDF
from shapes import reports

DATA: Final = Path(__file__).parent / "data"


@dataclass(frozen=True)
class BuildResult:
    """The result of a build: the release, its number of quads, and the number of warnings in the validation report."""

    release: Release
    quads: int
    warnings: int


def build_release(home: Path, data: Path = DATA) -> BuildResult:
    """Build the graph from the tables in ``data`` and make it the current release in ``home``.

    Raises ``loaders.errors.InputError`` for a table that cannot be read, ``NotConformingError`` when the graph does not
    conform to the shapes, and ``ReleaseError`` when ``home`` cannot be written. In each case the previous
    release stays current.
    """
    quads = assemble(data)
    report = shapes.validation.validate(quads)
    if not report.conforms:
        raise NotConformingError(reports.write(report, "text"))
    manifest = {
        **_counts(quads),
        "inputs": _inputs(data),
        "report": {"conforms": report.conforms, "results": len(report.results)},
    }
    written = release.write(home, release.sorted_nquads(quads), manifest, reports.write(report, "turtle").encode())
    return BuildResult(written, len(quads), len(report.results))


def assemble(data: Path = DATA) -> list[Quad]:
    """Return every quad of the graph once: ontology, curated data, derived facts, and the description.

    Raises ``GraphError`` for a blank node in a source: every node of a release has an IRI.
    """
    stated = list(dict.fromkeys((*ontology.documents.quads(), *loaders.curated.load_tables(data))))
    for quad in stated:
        if isinstance(quad.subject, BlankNode) or isinstance(quad.object, BlankNode):
            raise GraphError(
                f"a blank node in {quad.graph_name}: give the subject or object of {quad.predicate} an IRI"
            )
    dataset = create_store(stated)
    derived = derive.derive(dataset, derive.load_rules())
    return [*stated, *derived, *description.describe(dataset, examples.load_examples())]


def _counts(quads: Iterable[Quad]) -> dict[str, Any]:
    graphs: Counter[str] = Counter()
    instances: set[tuple[str, str]] = set()
    for quad in quads:
        if isinstance(quad.graph_name, NamedNode):
            graphs[quad.graph_name.value] += 1
        if quad.predicate == RDF.type and isinstance(quad.subject, NamedNode) and isinstance(quad.object, NamedNode):
            instances.add((quad.object.value, quad.subject.value))
    classes = Counter(class_iri for class_iri, _ in instances)
    return {"quads": graphs.total(), "graphs": dict(graphs), "classes": dict(classes)}


def _inputs(data: Path) -> dict[str, str]:
    """Return the SHA-256 of every input file, by its path relative to the project."""
    roots = {
        "graph/data": sorted(data.glob("*")),
        "graph/rules": sorted(derive.RULES.glob("*.rq")),
        "ontology": sorted(ontology.documents.documents()),
        "shapes": sorted(shapes.documents.documents()),
        "tests/competency": sorted(examples.folder().glob("*.rq")),
    }
    return {
        f"{root}/{path.name}": hashlib.sha256(path.read_bytes()).hexdigest()
        for root, paths in roots.items()
        for path in paths
        if path.is_file()
    }

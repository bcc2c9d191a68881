"""The ontology's documents as the tests of this folder read them."""

from pathlib import Path

import pytest
from pyoxigraph import Quad, RdfFormat, Store, Triple, parse, serialize

from ontology.documents import documents, quads


@pytest.fixture(scope="session")
def ontology_files() -> list[Path]:
    """The documents that hold axioms: classes and properties, and their alignments."""
    return [path for path in documents() if path.parent.name == "ontology"]


@pytest.fixture(scope="session")
def axioms(ontology_files: list[Path]) -> set[Triple]:
    """The triples of the ontology and its alignments, without the concept schemes."""
    return {quad.triple for path in ontology_files for quad in parse(path=path, format=RdfFormat.TURTLE)}


@pytest.fixture(scope="session")
def n_triples(axioms: set[Triple]) -> bytes:
    """The axioms in the one format that pyoxigraph writes and every reasoner reads."""
    return serialize(axioms, format=RdfFormat.N_TRIPLES) or b""


@pytest.fixture
def store() -> Store:
    """A store with every document in the default graph."""
    store = Store()
    store.extend(Quad(quad.subject, quad.predicate, quad.object) for quad in quads())
    return store

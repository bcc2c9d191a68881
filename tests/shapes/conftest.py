"""The shapes' examples, and pySHACL as the oracle that the project's own evaluation is held against."""

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

import pyshacl
import pytest
import rdflib
import rdflib.plugins.sparql.processor as sparql_processor
from pyoxigraph import Quad, RdfFormat, parse
from rdflib.plugins.sparql.sparql import Query

from ontology.terms import SH
from shapes import documents
from shapes.adapter import processor
from shapes.adapter.terms import to_rdflib
from shapes.report import Report, Result

EXAMPLES = documents.FOLDER / "examples"


@cache
def example(name: str) -> tuple[Quad, ...]:
    return tuple(parse(path=EXAMPLES / name, format=RdfFormat.TURTLE, rename_blank_nodes=True))


@pytest.fixture(scope="session")
def background() -> tuple[Quad, ...]:
    """What the examples refer to."""
    return example("background.ttl")


@pytest.fixture(scope="session")
def read_example() -> Callable[[Path], tuple[Quad, ...]]:
    """Reads an example by its path."""
    return lambda path: example(path.name)


@pytest.fixture(scope="session")
def oracle() -> Iterator[Callable[[list[Quad], tuple[Quad, ...]], set[tuple[object, ...]]]]:
    """Returns what plain pySHACL finds, in a form that can be compared.

    pySHACL has rdflib parse the query of a constraint again for every focus node; here each query is parsed once, which
    changes nothing else.
    """
    parse_query, translate_query = sparql_processor.parseQuery, sparql_processor.translateQuery

    @cache
    def translated(text: str) -> Query:
        return translate_query(parse_query(text))

    patch = pytest.MonkeyPatch()
    patch.setattr(sparql_processor, "parseQuery", lambda text: text)
    patch.setattr(sparql_processor, "translateQuery", lambda text, *_: translated(text))
    yield lambda data, shapes: comparable(plain_pyshacl(data, shapes).results, shapes)
    patch.undo()


@pytest.fixture(scope="session")
def compared() -> Callable[..., set[tuple[object, ...]]]:
    """Turns results into what has to be equal; see :func:`comparable`."""
    return comparable


SHOWN_DEPTH = 3


@pytest.fixture(scope="session")
def pyshacl_report() -> Callable[[list[Quad], tuple[Quad, ...]], Report]:
    """Returns the report of plain pySHACL."""
    return plain_pyshacl


def plain_pyshacl(data: Iterable[Quad], shapes: Iterable[Quad]) -> Report:
    """Return the report of pySHACL itself, called as its documentation says, over rdflib graphs in memory."""
    with processor.exact_literals(), processor.refusals():
        data_graph, shapes_graph = in_memory(data), in_memory(shapes)
        _, report, text = pyshacl.validate(data_graph, shacl_graph=shapes_graph, inplace=True)
        assert isinstance(report, rdflib.Graph), text
        return processor.report_from_rdflib(report)


def in_memory(quads: Iterable[Quad]) -> rdflib.Graph:
    graph = rdflib.Graph(bind_namespaces="none")
    for quad in quads:
        graph.add((to_rdflib(quad.subject), to_rdflib(quad.predicate), to_rdflib(quad.object)))
    return graph


def comparable(results: tuple[Result, ...], shapes: Iterable[Quad] = ()) -> set[tuple[object, ...]]:
    """Return all that results say, but for the language of messages, which pySHACL drops where it fills in values.

    Where one of the ``shapes`` has no messages, those of its results are left out: both processors write their own.
    """
    listed = list(shapes)
    known = {quad.subject for quad in listed}
    told = {quad.subject for quad in listed if quad.predicate == SH.message}
    return {
        (
            result.focus_node,
            result.path,
            result.value,
            result.component,
            result.severity,
            result.source_shape,
            result.source_constraint,
            tuple(shallow(message.value) for message in result.messages)
            if result.source_shape not in known or {result.source_shape, result.source_constraint} & told
            else (),
        )
        for result in results
    }


def shallow(message: str) -> str:
    """Return a message without what stands in more than three brackets.

    pySHACL describes nodes in it, and leaves out what is deep in them or not, as its sets are ordered this time.
    """
    kept, depth = [], 0
    for character in message:
        depth += character in "[("
        if depth <= SHOWN_DEPTH:
            kept.append(character)
        depth -= character in "])"
    return "".join(kept)

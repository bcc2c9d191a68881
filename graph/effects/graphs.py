"""The named graphs of contributions and of the facts that are derived from them."""

import re
from typing import Final

from pyoxigraph import NamedNode

from ontology import iris

_DERIVED_GRAPH: Final = re.compile(re.escape(iris.graph("contribution/").value) + "[0-9]+/derived")


def contribution_graph(number: int) -> NamedNode:
    """Return the named graph of a contribution: ``graph/contribution/{number}``."""
    return iris.graph(f"contribution/{number}")


def derived_graph(number: int) -> NamedNode:
    """Return the named graph of facts derived from a contribution: ``graph/contribution/{number}/derived``."""
    return iris.graph(f"contribution/{number}/derived")


def is_derived_graph(graph: object) -> bool:
    """Tell whether a graph is one of :func:`derived_graph`."""
    return isinstance(graph, NamedNode) and _DERIVED_GRAPH.fullmatch(graph.value) is not None

"""Contributed claims compared with what the graph holds: a contributor may disagree, and the graph says so."""

from pathlib import Path
from typing import Final

from pyoxigraph import NamedNode, Quad, QueryTriples, Store

from graph import derivation
from graph.errors import RuleError

RULES: Final = Path(__file__).parent / "contribution_rules"

_PLACEHOLDER: Final = "<urn:contribution>"


def marks(dataset: Store, contribution: NamedNode, graph: NamedNode) -> list[Quad]:
    """Return how the claims in the graph ``contribution`` agree with the rest of ``dataset``, as quads of ``graph``.

    ``dataset`` holds the contribution and has the merge of its named graphs as default graph. Raises ``RuleError`` when
    a rule is not a ``CONSTRUCT`` query that the engine accepts.
    """
    found: dict[Quad, None] = {}
    for rule in derivation.rules(RULES):
        try:
            results = dataset.query(rule.query.replace(_PLACEHOLDER, str(contribution)))
        except SyntaxError as error:
            raise RuleError(f"the rule '{rule.name}' is not valid SPARQL: {error}") from error
        if not isinstance(results, QueryTriples):
            raise RuleError(f"the rule '{rule.name}' is not a CONSTRUCT query")
        found.update((Quad(one.subject, one.predicate, one.object, graph), None) for one in results)
    return list(found)

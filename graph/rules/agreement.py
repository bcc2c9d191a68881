"""Contributed claims compared with what the graph holds: a contributor may disagree, and the graph says so."""

from dataclasses import replace
from pathlib import Path
from typing import Final

from pyoxigraph import NamedNode, Quad, Store

from graph.rules import derive

RULES: Final = Path(__file__).parent / "contributions"

_PLACEHOLDER: Final = "<urn:contribution>"


def compare_claims(dataset: Store, contribution: NamedNode, graph: NamedNode) -> list[Quad]:
    """Return how the claims in the graph ``contribution`` agree with the rest of ``dataset``, as quads of ``graph``.

    ``dataset`` holds the contribution and has the merge of its named graphs as default graph. Raises ``RuleError`` when
    a rule is not a ``CONSTRUCT`` query that the engine accepts.
    """
    found: dict[Quad, None] = {}
    for rule in derive.load_rules(RULES):
        about_it = replace(rule, query=rule.query.replace(_PLACEHOLDER, str(contribution)))
        found.update(dict.fromkeys(derive.evaluate_rule(dataset, about_it, graph)))
    return list(found)

"""Rules that compare contributed claims with the graph: agreement and disagreement are both recorded."""

from dataclasses import replace
from pathlib import Path
from typing import Final

from pyoxigraph import NamedNode, Quad, Store

from graph.rules import derive

RULES: Final = Path(__file__).parent / "contributions"

_PLACEHOLDER: Final = "<urn:contribution>"


def compare_claims(dataset: Store, contribution: NamedNode, graph: NamedNode) -> list[Quad]:
    """Return statements on the agreement of the claims in the graph ``contribution`` with the rest of ``dataset``.

    The quads are in ``graph``. ``dataset`` holds the contribution and has the merge of its named graphs as default
    graph. Raises ``RuleError`` for a rule that is not a valid ``CONSTRUCT`` query.
    """
    agreement: dict[Quad, None] = {}
    for rule in derive.load_rules(RULES):
        rule_for_contribution = replace(rule, query=rule.query.replace(_PLACEHOLDER, str(contribution)))
        agreement.update(dict.fromkeys(derive.evaluate_rule(dataset, rule_for_contribution, graph)))
    return list(agreement)

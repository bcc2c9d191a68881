"""Contradictions: what would follow from a submission by the rules does not conform to the shapes."""

from pyoxigraph import Literal, NamedNode, Store

from graph.effects.touched import english_label
from graph.errors import RefusedError
from graph.rules import derive
from ontology.rdf import AnyTerm
from ontology.terms import OPSC, SKOS
from shapes.report import Report, Result


class NotConformingError(RefusedError):
    """A submission is refused with a report: as it does not conform itself, or as a rule derives a contradiction."""

    def __init__(self, problem: str | None, report: Report, code: str = "not-conforming") -> None:
        super().__init__(code, problem)
        self.report = report


def contradiction(dataset: Store, report: Report) -> NotConformingError:
    """Return the refusal for a report on ``dataset`` that does not conform; it names the rule and what it derives."""
    order = {rule.iri: place for place, rule in enumerate(derive.project_rules().values())}

    def place(result: Result) -> int:
        return min((order.get(rule, len(order)) for rule in _rules(dataset, result)), default=len(order))

    # The rule that is evaluated first comes first: the others follow from it.
    result = min((result for result in report.results if report.fails(result)), key=place)
    rule = next((_name(dataset, rule) for rule in _rules(dataset, result)), None)
    by = f"by the rule '{rule}' it would follow for" if rule else "it would contradict what the graph has of"
    problem = f"{by} {_name(dataset, result.focus_node)}: {result.message()}"
    return NotConformingError(problem, report, "contradiction")


def _rules(dataset: Store, result: Result) -> list[NamedNode]:
    focus = result.focus_node
    found = dataset.quads_for_pattern(focus, OPSC.derivedBy, None) if isinstance(focus, NamedNode) else ()
    return [quad.object for quad in found if isinstance(quad.object, NamedNode)]


def _name(dataset: Store, node: AnyTerm) -> str:
    if not isinstance(node, NamedNode):
        return str(node)
    labels = dataset.quads_for_pattern(node, SKOS.prefLabel, None)
    found = (quad.object.value for quad in labels if english_label(quad) and isinstance(quad.object, Literal))
    return next(found, f"<{node.value}>")

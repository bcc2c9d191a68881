"""A proposed contribution: documents taken through the steps of a contribution without being recorded."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Final

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, Store

from graph.contributions.reserved import check_subjects
from graph.contributions.submission import PROVENANCE, check_document, name_blank_nodes
from graph.effects.brackets import replaced_ranges
from graph.effects.withdrawn import Withdrawn
from graph.versions.delta import Delta
from ontology import iris
from ontology.rdf import Term
from ontology.terms import OPSC, RDF
from shapes.gate.additions import Additions
from shapes.gate.statements import statements
from shapes.report import ContributionEffect, Report
from shapes.validation import validate_contribution

_FORMER_BLANK_NODE: Final = re.compile(f"({re.escape(iris.thing('contribution').value)}/[0-9]+)/[0-9]+")
# No submission has this number.
_NUMBER: Final = 0


def report_on_proposal(
    named_documents: Sequence[tuple[str, Collection[Quad]]], graph: Store, sender: str | None = None
) -> Report:
    """Return the report on documents, each with its name, as one contribution of ``sender`` to ``graph``.

    The default graph of ``graph`` is the merge of its named graphs, of which those about the subjects of the documents
    and that of provenance are enough. Raises ``RefusedError`` where a contribution would be refused without report.
    """
    names: dict[BlankNode, NamedNode] = {}
    named: list[Quad] = []
    for file_name, quads in named_documents:
        check_document(quads, DefaultGraph(), file_name)
        named += name_blank_nodes(_NUMBER, quads, names)
    own = set(names.values())
    check_subjects(
        named,
        lambda subject: _has(graph, subject),
        lambda subject: subject in own or _was_blank_node_of(sender, subject, graph),
    )
    added = [*dict.fromkeys(named), *_provenance(sender)]
    effect = _effect(added, graph)
    report = validate_contribution(added, graph, replaced_ranges(graph, Withdrawn(), Delta(tuple(added))))
    return replace(_with_blank_nodes(report, names), effect=effect)


def _provenance(sender: str | None) -> list[Quad]:
    """Return what the gate reads of the provenance of a contribution."""
    if sender is None:
        return []
    return [Quad(iris.thing("contribution", str(_NUMBER)), OPSC.contributedBy, Literal(sender), PROVENANCE)]


def _has(graph: Store, subject: NamedNode) -> bool:
    return next(graph.quads_for_pattern(subject, None, None, DefaultGraph()), None) is not None


def _was_blank_node_of(sender: str | None, subject: NamedNode, graph: Store) -> bool:
    match = _FORMER_BLANK_NODE.fullmatch(subject.value)
    if match is None or sender is None:
        return False
    return Quad(NamedNode(match[1]), OPSC.contributedBy, Literal(sender), PROVENANCE) in graph


def _effect(added: Collection[Quad], graph: Store) -> ContributionEffect:
    """Return what a contribution of these quads would add."""
    triples = list(statements(added))
    new = [triple for triple in triples if Quad(*triple) not in graph]
    additions = Additions(graph, added)
    typed = dict.fromkeys(triple.subject for triple in new if triple.predicate == RDF.type)
    changed = dict.fromkeys(triple.subject for triple in new)
    return ContributionEffect(
        triples=len(triples),
        new=len(new),
        described=tuple(one.value for one in typed if not additions.is_foreign(one)),
        extended=tuple(one.value for one in changed if additions.is_foreign(one)),
    )


def _with_blank_nodes(report: Report, names: Mapping[BlankNode, NamedNode]) -> Report:
    """Return a report with the blank nodes that the documents have, so that they are found there."""
    if not names:
        return report
    nodes: dict[object, BlankNode] = {name: node for node, name in names.items()}

    def back(term: Term) -> Term:
        return nodes.get(term, term)

    results = (
        replace(
            result,
            focus_node=back(result.focus_node),
            value=None if result.value is None else back(result.value),
        )
        for result in report.results
    )
    return replace(report, results=tuple(results))

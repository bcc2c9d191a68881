"""Facts that follow from facts: evaluates the rules of ``graph/rules`` over the dataset."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pyoxigraph import Literal, NamedNode, Quad, QueryTriples, Store

from graph import calendar, store
from graph.errors import RuleError
from ontology import iris
from ontology.terms import DCTERMS, OPSC, PROV, RDF, SKOS

RULES = Path(__file__).parent / "rules"
DERIVED = iris.graph("derived")

_FIELD = re.compile(r"^# (?P<field>label|definition|provision): (?P<value>.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Rule:
    """A derivation rule: a ``CONSTRUCT`` query and what it says in words.

    ``provision`` is the IRI of the provision that the rule carries out.
    """

    name: str
    label: str
    definition: str
    provision: NamedNode
    query: str

    @property
    def iri(self) -> NamedNode:
        """The IRI of the rule, to which derived facts point with ``opsc:derivedBy``."""
        return iris.thing("rule", self.name)


def rules(folder: Path = RULES) -> list[Rule]:
    """Return the rules of a folder in the order in which they are evaluated.

    Raises ``RuleError`` when a file lacks one of the three comments of its head.
    """
    return [_rule(path) for path in sorted(folder.glob("*.rq"))]


def _rule(path: Path) -> Rule:
    query = path.read_text(encoding="utf-8")
    fields = {match["field"]: match["value"].strip() for match in _FIELD.finditer(query)}
    missing = {"label", "definition", "provision"} - fields.keys()
    if missing:
        raise RuleError(f"{path}: write the comment '# {min(missing)}: ...' at the head of the rule")
    name = path.stem.partition("-")[2]
    return Rule(name, fields["label"], fields["definition"], NamedNode(iris.BASE + fields["provision"]), query)


def derive(quads: Iterable[Quad], applied: Iterable[Rule]) -> list[Quad]:
    """Return what the rules derive from ``quads``, as quads of ``graph/derived``, with a description of each rule.

    A rule sees the merge of all named graphs and what the rules before it derived. Raises ``RuleError`` when a rule is not a
    ``CONSTRUCT`` query that the engine accepts.
    """
    dataset = store.store_of(quads)
    derived: dict[Quad, None] = {}
    for rule in applied:
        for quad in (*_description(rule), *_results(dataset, rule)):
            derived[quad] = None
            dataset.add(Quad(quad.subject, quad.predicate, quad.object))
    return list(derived)


def _results(dataset: Store, rule: Rule) -> list[Quad]:
    try:
        results = dataset.query(rule.query, custom_functions=dict(calendar.FUNCTIONS))
    except SyntaxError as error:
        raise RuleError(f"the rule '{rule.name}' is not valid SPARQL: {error}") from error
    if not isinstance(results, QueryTriples):
        raise RuleError(f"the rule '{rule.name}' is not a CONSTRUCT query")
    return [Quad(triple.subject, triple.predicate, triple.object, DERIVED) for triple in results]


def _description(rule: Rule) -> Iterator[Quad]:
    for predicate, value in (
        (RDF.type, OPSC.Rule),
        (RDF.type, PROV.Plan),
        (SKOS.prefLabel, Literal(rule.label, language="en")),
        (SKOS.definition, Literal(rule.definition, language="en")),
        (OPSC.underProvision, rule.provision),
        (DCTERMS.identifier, Literal(rule.name)),
    ):
        yield Quad(rule.iri, predicate, value, DERIVED)

"""Derivation: evaluates the rules of ``graph/rules`` over the dataset."""

import functools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pyoxigraph import Literal, NamedNode, Quad, QueryTriples, Store

from graph.errors import RuleError
from graph.sparql import functions
from graph.sparql.dataset import add_quads
from ontology import iris
from ontology.terms import DCTERMS, OPSC, PROV, RDF, SKOS

RULES = Path(__file__).parent
DERIVED = iris.graph("derived")

_FIELD = re.compile(r"^# (?P<field>label|definition|provision): (?P<value>.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Rule:
    """A derivation rule: a ``CONSTRUCT`` query with its label and definition in English.

    ``provision`` is the IRI of the provision that the rule implements, or ``None`` for a rule of the project.
    """

    name: str
    label: str
    definition: str
    provision: NamedNode | None
    query: str

    @property
    def iri(self) -> NamedNode:
        """The IRI of the rule, to which derived facts point with ``opsc:derivedBy``."""
        return iris.thing("rule", self.name)


def load_rules(folder: Path = RULES) -> list[Rule]:
    """Return the rules of a folder in the order in which they are evaluated.

    Raises ``RuleError`` for a file without label or definition in the comment at its head.
    """
    return [_rule(path) for path in sorted(folder.glob("*.rq"))]


@functools.cache
def project_rules() -> Mapping[str, Rule]:
    """Return the rules of the project by name, in the order in which they are evaluated."""
    return {rule.name: rule for rule in load_rules()}


def _rule(path: Path) -> Rule:
    query = path.read_text(encoding="utf-8")
    fields = {match["field"]: match["value"].strip() for match in _FIELD.finditer(query)}
    missing = {"label", "definition"} - fields.keys()
    if missing:
        raise RuleError(f"{path}: write the comment '# {min(missing)}: ...' at the head of the rule")
    name = path.stem.partition("-")[2]
    provision = NamedNode(iris.BASE + fields["provision"]) if "provision" in fields else None
    return Rule(name, fields["label"], fields["definition"], provision, query)


def derive(dataset: Store, rules: Iterable[Rule]) -> list[Quad]:
    """Add the facts that ``rules`` derive and a description of each rule to ``dataset``; return these quads.

    The quads are in ``graph/derived``. ``dataset`` has the merge of its named graphs as default graph; each rule is
    evaluated over it, including the facts derived by the rules before. Raises ``RuleError`` for a rule that is not a
    valid ``CONSTRUCT`` query.
    """
    derived: dict[Quad, None] = {}
    for rule in rules:
        quads = (*_description(rule), *evaluate_rule(dataset, rule, DERIVED))
        add_quads(dataset, quads)
        derived.update(dict.fromkeys(quads))
    return list(derived)


def evaluate_rule(dataset: Store, rule: Rule, graph: NamedNode) -> list[Quad]:
    """Return the triples that a rule constructs from ``dataset``, as quads of ``graph``.

    Raises ``RuleError`` if it is not a valid ``CONSTRUCT`` query.
    """
    try:
        results = dataset.query(rule.query, custom_functions=dict(functions.FUNCTIONS))
    except SyntaxError as error:
        raise RuleError(f"the rule '{rule.name}' is not valid SPARQL: {error}") from error
    if not isinstance(results, QueryTriples):
        raise RuleError(f"the rule '{rule.name}' is not a CONSTRUCT query")
    return [Quad(triple.subject, triple.predicate, triple.object, graph) for triple in results]


def _description(rule: Rule) -> Iterator[Quad]:
    yield Quad(rule.iri, RDF.type, OPSC.Rule, DERIVED)
    yield Quad(rule.iri, RDF.type, PROV.Plan, DERIVED)
    yield Quad(rule.iri, SKOS.prefLabel, Literal(rule.label, language="en"), DERIVED)
    yield Quad(rule.iri, SKOS.definition, Literal(rule.definition, language="en"), DERIVED)
    yield Quad(rule.iri, DCTERMS.identifier, Literal(rule.name), DERIVED)
    if rule.provision is not None:
        yield Quad(rule.iri, OPSC.underProvision, rule.provision, DERIVED)

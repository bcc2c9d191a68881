"""The terms of SHACL as a table: where each property may stand, which values it may have, and how many of them.

The sections are those of SHACL (https://www.w3.org/TR/shacl/); terms of SHACL 1.2 are from its Core draft.
"""

from dataclasses import dataclass
from typing import Final, Literal

from pyoxigraph import NamedNode

from ontology.terms import SH

Value = Literal[
    "any term",
    "IRI or literal",
    "IRI",
    "resource",
    "text",
    "boolean",
    "count",
    "literal",
    "list",
    "list of IRIs",
    "list of texts",
    "IRI or list",
    "node kind",
    "severity",
    "path",
    "shape",
    "node shape",
    "property shape",
    "list of shapes",
    "pattern",
    "flags",
    "query",
    "namespace",
    "prefix",
]
"""What a value of a property may be; :mod:`shapes.wellformed.values` tests it."""

Place = Literal["any", "shape", "property shape"]
"""Where a property may stand."""


@dataclass(frozen=True)
class Property:
    """The rule of a property: its values, whether there may be several of them, and its place."""

    values: Value
    single: bool = False
    place: Place = "any"
    constrains: bool = False
    """Whether a subject of this property is a shape (section 2.1: the parameters of constraint components)."""


def _parameters(values: Value, *names: str, single: bool = False, place: Place = "shape") -> dict[NamedNode, Property]:
    return {SH[name]: Property(values, single, place, constrains=True) for name in names}


def _properties(values: Value, *names: str, single: bool = False, place: Place = "any") -> dict[NamedNode, Property]:
    return {SH[name]: Property(values, single, place) for name in names}


PROPERTIES: Final[dict[NamedNode, Property]] = {
    # Targets (2.1.3), characteristics of shapes (2.1.4 to 2.1.6) and of property shapes (2.3).
    **_parameters("IRI or literal", "targetNode"),
    **_parameters("IRI", "targetClass", "targetObjectsOf", "targetSubjectsOf"),
    **_properties("severity", "severity", single=True),
    **_properties("text", "message"),
    **_properties("boolean", "deactivated", single=True),
    **_properties("path", "path", single=True),
    # Without effect on results (2.3.2), so that only the kind of the term is judged.
    **_properties("literal", "name", "description", "order"),
    **_properties("resource", "group"),
    **_properties("any term", "defaultValue"),
    # Value types (4.1), cardinality (4.2), ranges (4.3).
    **_parameters("IRI or list", "class"),
    **_parameters("IRI or list", "datatype", single=True),
    **_parameters("node kind", "nodeKind", single=True),
    **_parameters("count", "minCount", "maxCount", single=True, place="property shape"),
    **_parameters("literal", "minExclusive", "minInclusive", "maxExclusive", "maxInclusive", single=True),
    # Strings (4.4).
    **_parameters("count", "minLength", "maxLength", single=True),
    **_parameters("pattern", "pattern", single=True),
    **_parameters("flags", "flags", single=True),
    **_parameters("list of texts", "languageIn", single=True),
    **_parameters("boolean", "uniqueLang", single=True, place="property shape"),
    # Property pairs (4.5).
    **_parameters("IRI", "equals", "disjoint"),
    **_parameters("IRI", "lessThan", "lessThanOrEquals", place="property shape"),
    # Logic (4.6) and shapes (4.7).
    **_parameters("shape", "not"),
    **_parameters("list of shapes", "and", "or", "xone"),
    **_parameters("node shape", "node"),
    **_parameters("property shape", "property"),
    **_parameters("shape", "qualifiedValueShape", single=True, place="property shape"),
    **_parameters("count", "qualifiedMinCount", "qualifiedMaxCount", single=True),
    **_parameters("boolean", "qualifiedValueShapesDisjoint", single=True),
    # Others (4.8).
    **_parameters("boolean", "closed", single=True),
    **_parameters("list of IRIs", "ignoredProperties", single=True),
    **_parameters("any term", "hasValue"),
    **_parameters("list", "in", single=True),
    # SHACL 1.2 Core.
    **_parameters("boolean", "singleLine", "uniqueMembers", single=True),
    **_parameters("count", "minListLength", "maxListLength", single=True),
    **_parameters("node shape", "memberShape"),
    **_parameters("IRI", "subsetOf"),
    # SPARQL (5, 6).
    **_parameters("resource", "sparql"),
    **_properties("query", "select", "ask", single=True),
    **_properties("resource", "prefixes", "declare", "parameter", "validator", "nodeValidator", "propertyValidator"),
    **_properties("prefix", "prefix", single=True),
    **_properties("namespace", "namespace", single=True),
    **_properties("boolean", "optional", single=True),
    **_properties("text", "labelTemplate"),
    # Operands of paths (2.3.1); the rule of sh:path judges them.
    **_properties("any term", "inversePath", "alternativePath", "zeroOrMorePath", "oneOrMorePath", "zeroOrOnePath"),
    # Reports, which shapes may hold beside them, and links between graphs.
    **_properties(
        "any term",
        *("conforms", "result", "shapesGraphWellFormed", "detail", "focusNode", "resultMessage", "resultPath"),
        *("resultSeverity", "sourceConstraint", "sourceConstraintComponent", "sourceShape", "value"),
        *("shapesGraph", "suggestedShapesGraph"),
    ),
    # Parts of functions, rules and node expressions: without effect unless a refused term uses them.
    **_properties(
        "any term",
        *("returnType", "construct", "update", "condition", "subject", "predicate", "object", "filterShape", "nodes"),
        *("intersection", "union", "keyParameter", "sparqlExpr", "jsFunctionName", "jsLibrary", "jsLibraryURL"),
        *("annotationProperty", "annotationValue", "annotationVarName"),
    ),
}
"""Every property of SHACL that is evaluated here, or has no effect on results."""

_AF: Final = "of SHACL Advanced Features"
_NEW: Final = "of the SHACL 1.2 draft"
UNSUPPORTED: Final[dict[NamedNode, str]] = {
    **{SH[name]: _AF for name in ("target", "targetShape", "rule", "values", "expression", "resultAnnotation")},
    **{
        SH[name]: _NEW
        for name in (
            *("targetWhere", "someValue", "rootClass", "uniqueValuesFor", "nodeByExpression", "reifierShape"),
            *("reificationRequired", "reifiableBy", "conformanceDisallows", "bodyExpression", "Debug", "Trace"),
            *("ByTypes", "TripleTerm"),
        )
    },
    SH.js: "of the SHACL JavaScript Extensions",
    SH.shape: "what drafts before 2017 called sh:node, and a target in the SHACL 1.2 draft",
    SH.entailment: "an entailment regime, and none is applied to the data",
}
"""Terms that shapes with a meaning elsewhere use, and that nothing here evaluates: refused, with what they are."""

SEVERITIES: Final = frozenset(SH[name] for name in ("Violation", "Warning", "Info"))
NODE_KINDS: Final = frozenset(
    SH[name] for name in ("IRI", "BlankNode", "Literal", "BlankNodeOrIRI", "BlankNodeOrLiteral", "IRIOrLiteral")
)
LISTED_NODE_KINDS: Final = frozenset(SH[name] for name in ("IRI", "BlankNode", "Literal"))
CLASSES: Final = frozenset(
    SH[name]
    for name in (
        *("Shape", "NodeShape", "PropertyShape", "ShapeClass", "PropertyGroup", "Severity", "NodeKind"),
        *("Parameterizable", "Parameter", "ConstraintComponent", "Validator", "SPARQLAskValidator"),
        *("SPARQLSelectValidator", "SPARQLConstraint", "SPARQLExecutable", "SPARQLAskExecutable"),
        *("SPARQLSelectExecutable", "SPARQLConstructExecutable", "SPARQLUpdateExecutable", "PrefixDeclaration"),
        *("ValidationReport", "ValidationResult", "AbstractResult", "Function", "SPARQLFunction", "Target"),
        *("TargetType", "SPARQLTarget", "SPARQLTargetType", "Rule", "TripleRule", "SPARQLRule", "ResultAnnotation"),
        *("NodeExpression", "NamedParameterExpression", "ListParameterExpression", "SelectExpression"),
        *("SPARQLExprExpression", "JSConstraint", "JSExecutable", "JSFunction", "JSLibrary", "JSRule", "JSTarget"),
        *("JSTargetType", "JSValidator"),
    )
)
IMPLICIT_CLASSES: Final = frozenset({SH.ShapeClass})
OTHERS: Final = frozenset({SH.this})
"""Terms that are neither properties nor classes, severities or kinds of nodes."""


def is_known(term: NamedNode) -> bool:
    """Tell whether a term in the namespace of SHACL is one of SHACL."""
    known = term in PROPERTIES or term in CLASSES or term in SEVERITIES or term in NODE_KINDS or term in OTHERS
    # The IRIs of constraint components and of their parameters, such as sh:NotConstraintComponent-not.
    return known or term in UNSUPPORTED or term.value.partition("ConstraintComponent")[1] != "" or term.value == SH.iri

"""The queries of shapes (https://www.w3.org/TR/shacl/#sparql-constraints), judged before one of them is evaluated.

``FROM`` and ``SERVICE`` could read files and URLs. An escape such as ``\\u0046`` could hide a keyword, so escapes are
refused too. A function that the engine lacks would be an error of each expression that calls it, and the constraint
would then pass in silence.
"""

import re
from itertools import pairwise
from typing import Final

from pyoxigraph import Literal, NamedNode, Quad, QueryBoolean, QuerySolutions, Store, Triple

from ontology.rdf import Resource
from ontology.terms import OWL, RDF, RDFS, SH
from shapes import query_text
from shapes.errors import ShapesError
from shapes.shapes_graph import ShapesGraph
from shapes.wellformed.naming import shape_name, shown

_ESCAPE: Final = re.compile(r"\\[uU]")
_PATH_PLACEHOLDER: Final = re.compile(r"[?$]PATH\b")
_PREFIXED_NAME: Final = re.compile(r"(?!_:)(?P<prefix>(?:[^\W\d_][\w.-]*)?):")
_PLACE: Final = re.compile(
    r"error at (?P<line>\d+):(?P<column>\d+): (?:expected (?:one of )?)?(?P<expected>.*)", re.DOTALL
)
_SENTENCE: Final = re.compile(r"[A-Z][a-z]* [a-zA-Z ]{6,}")
_PRE_BOUND: Final = frozenset({"THIS", "SHAPESGRAPH", "CURRENTSHAPE"})
_USERS: Final = (SH.sparql, SH.validator, SH.nodeValidator, SH.propertyValidator)
_FUNCTIONS: Final = (SH.SPARQLFunction, SH.Function, SH.JSFunction)


def prologue(shapes: ShapesGraph, constraint: Resource) -> str:
    """Return the prefix declarations that the query of a constraint sees."""
    return "".join(f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in _declared(shapes, constraint).items())


def check_queries(shapes: ShapesGraph) -> None:
    """Raise ``ShapesError`` for a query that is not valid or reads other data than the data graph."""
    for quad in shapes.quads:
        if quad.predicate in (SH.select, SH.ask) and isinstance(quad.object, Literal):
            _check_reach(quad.object.value, shape_name(shapes, quad.subject))
            if not isinstance(quad.subject, Triple) and _is_used(shapes, quad.subject):
                _check_query(shapes, quad.subject, quad)


def _is_used(shapes: ShapesGraph, node: Resource) -> bool:
    # The components of SHACL itself, which its vocabulary describes with queries, are not evaluated by these.
    users = (one.subject for one in shapes.references(node) if one.predicate in _USERS)
    return any(not isinstance(user, NamedNode) or not user.value.startswith(SH.iri) for user in users)


def _check_reach(query: str, name: str) -> None:
    elsewhere = {"FROM", "SERVICE"} & {token.upper() for token in query_text.tokens(query)}
    if elsewhere:
        raise ShapesError(f"{name}: the query uses {min(elsewhere)}; remove it: shapes see only the data")
    if _ESCAPE.search(query):
        raise ShapesError(f"{name}: the query uses \\u escapes; write the characters themselves")


def _check_query(shapes: ShapesGraph, node: Resource, quad: Quad) -> None:
    name, text = shape_name(shapes, node), _PATH_PLACEHOLDER.sub("<urn:path>", str(getattr(quad.object, "value", "")))
    declared = _declared(shapes, node)
    wrong = _of_pre_binding(text)
    if wrong is not None:
        raise ShapesError(f"{name}: the query {wrong} (SHACL, appendix A)")
    undeclared = _undeclared(text, declared)
    if undeclared is not None:
        advice = "declare it with sh:prefixes and sh:declare"
        raise ShapesError(f"{name}: the query uses the prefix {undeclared}: which is not declared; {advice}")
    head = prologue(shapes, node)
    try:
        found = Store().query(head + text)
    except SyntaxError as error:
        raise ShapesError(
            f"{name}: the query is not valid SPARQL: {_reason(str(error), head.count(chr(10)))}"
        ) from error
    except (RuntimeError, ValueError, OSError) as error:
        raise ShapesError(f"{name}: the query cannot be evaluated: {_unknown_function(shapes, str(error))}") from error
    wanted, form = (QuerySolutions, "SELECT") if quad.predicate == SH.select else (QueryBoolean, "ASK")
    if not isinstance(found, wanted):
        raise ShapesError(f"{name}: the query of {'sh:select' if form == 'SELECT' else 'sh:ask'} is not a {form} query")

    is_constraint = any(one.predicate == SH.sparql for one in shapes.references(node))
    if isinstance(found, QuerySolutions) and is_constraint and "this" not in {one.value for one in found.variables}:
        raise ShapesError(f"{name}: the query does not select $this, the focus node; add it to SELECT")


def _of_pre_binding(text: str) -> str | None:
    """Return what a query does that no query with pre-bound variables may do."""
    words = [word.upper() for word in query_text.tokens(text)]
    forbidden = {"MINUS", "VALUES"}.intersection(words)
    if forbidden:
        return f"uses {min(forbidden)}, which is not allowed; use FILTER NOT EXISTS or FILTER with IN"
    bound = next((after for word, after in pairwise(words) if word == "AS" and after[1:] in _PRE_BOUND), None)
    return f"gives {bound[0]}{bound[1:].lower()} another value with AS" if bound else None


def _undeclared(text: str, declared: dict[str, str]) -> str | None:
    words = query_text.tokens(text)
    own = {words[at + 1].rstrip(":") for at, word in enumerate(words[:-1]) if word.upper() == "PREFIX"}
    for word in words:
        match = _PREFIXED_NAME.match(word)
        if match and match["prefix"] not in own and match["prefix"] not in declared:
            return match["prefix"]
    return None


def _reason(message: str, lines_before: int) -> str:
    """Return what a syntax error says, with the line in the query as it stands in the shapes."""
    place = _PLACE.match(message)
    if place is None:
        return " ".join(message.split())
    sentence = _SENTENCE.search(place["expected"])
    said = f": {sentence[0].strip()}" if sentence else ""
    return f"line {max(int(place['line']) - lines_before, 1)}, column {place['column']} of the query{said}"


def _unknown_function(shapes: ShapesGraph, message: str) -> str:
    found = re.search(r"function <(.*)> is not supported", message)
    if found is None:
        return " ".join(message.split())
    function = NamedNode(found[1])
    if any(kind in shapes.objects(function, RDF.type) for kind in _FUNCTIONS):
        return f"the function {shown(function)} is declared in the shapes (SHACL-AF), which is not supported"
    return f"the function {shown(function)} is not known here; use the functions of SPARQL 1.1"


def _declared(shapes: ShapesGraph, constraint: Resource) -> dict[str, str]:
    declared = {"rdf": RDF.iri, "rdfs": RDFS.iri, "owl": OWL.iri}
    for ontology in shapes.objects(constraint, SH.prefixes):
        for declaration in shapes.objects(ontology, SH.declare):
            prefixes, namespaces = (shapes.objects(declaration, SH[name]) for name in ("prefix", "namespace"))
            for prefix, namespace in zip(prefixes, namespaces, strict=False):
                if isinstance(prefix, Literal) and isinstance(namespace, Literal):
                    declared[prefix.value] = namespace.value
    return declared

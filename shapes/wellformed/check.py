"""The check of a whole shapes graph, before anything of it is evaluated."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Triple

from ontology.rdf import AnyTerm, Resource
from ontology.terms import RDF, RDFS, SH
from shapes.errors import ShapesError
from shapes.path_syntax import short_term
from shapes.shapes_graph import ShapesGraph, prepared
from shapes.wellformed import values, vocabulary
from shapes.wellformed.naming import nearest, shape_name, shown
from shapes.wellformed.queries import check_queries
from shapes.xsd import patterns

_NEARLY_SHACL: Final = re.compile(r"https?://(?:www\.)?w3\.org/ns/shacl(?:[#/]|\Z)", re.IGNORECASE)
_MISSPELT: Final = 0.8
_OTHER_NAMESPACE: Final = f"is not in the namespace of SHACL, which is <{SH.iri}>"


def check(quads: Sequence[Quad]) -> None:
    """Raise ``ShapesError`` for the first mistake in a shapes graph; the message counts the others."""
    found = list(dict.fromkeys(mistakes(ShapesGraph(quads))))
    if found:
        others = len(found) - 1
        more = f" (and {others} more mistake{'s' * (others > 1)})" if others else ""
        raise ShapesError(found[0] + more)
    check_queries(ShapesGraph(prepared(quads)))


def mistakes(shapes: ShapesGraph) -> Iterator[str]:
    """Yield what is not well-formed, in the order of the triples: a line each, with shape and term."""
    seen: set[tuple[object, NamedNode]] = set()
    for quad in shapes.quads:
        if isinstance(quad.subject, Triple) or isinstance(quad.object, Triple):
            yield "the shapes hold a triple term of RDF 1.2; SHACL validates RDF 1.1, so leave it out"
            continue
        found = list(_of_triple(shapes, quad.subject, quad))
        if quad.predicate in vocabulary.PROPERTIES and (quad.subject, quad.predicate) not in seen:
            seen.add((quad.subject, quad.predicate))
            found += _of_property(shapes, quad.subject, quad.predicate)
        if found:
            name = shape_name(shapes, quad.subject)
            yield from (f"{name}: {wrong}" for wrong in found)


def is_shape(shapes: ShapesGraph, node: AnyTerm) -> bool:
    """Tell whether a node is a shape by its own triples (https://www.w3.org/TR/shacl/#shapes)."""
    about = shapes.about(node)
    typed = about.get(RDF.type, [])
    if SH.NodeShape in typed or SH.PropertyShape in typed:
        return True
    return any(name in vocabulary.PROPERTIES and vocabulary.PROPERTIES[name].constrains for name in about)


def _of_triple(shapes: ShapesGraph, subject: Resource, quad: Quad) -> Iterator[str]:
    predicate, value = quad.predicate, quad.object
    if predicate in vocabulary.PROPERTIES:
        wrong = values.mistake(shapes, vocabulary.PROPERTIES[predicate].values, value)
        if wrong is not None:
            yield f"{short_term(predicate)} {wrong}"
    elif predicate == RDF.type:
        yield from _of_type(shapes, subject, value)
    else:
        yield from _of_unknown(shapes, subject, predicate)


def _of_unknown(shapes: ShapesGraph, subject: Resource, term: NamedNode) -> Iterator[str]:
    """Yield why a property that is none of the table cannot be used, if it looks like one of SHACL."""
    if not term.value.startswith(SH.iri):
        if _NEARLY_SHACL.match(term.value):
            yield f"{shown(term)} {_OTHER_NAMESPACE}"
    elif term in vocabulary.UNSUPPORTED:
        advice = "use SHACL Core or SHACL-SPARQL constraints"
        yield f"{short_term(term)} is {vocabulary.UNSUPPORTED[term]}, which is not supported; {advice}"
    elif _speaks_shacl(shapes, subject) or nearest(term, vocabulary.PROPERTIES, _MISSPELT) is not None:
        yield f"{shown(term)} is no property of SHACL{_meant(term, vocabulary.PROPERTIES)}"


def _speaks_shacl(shapes: ShapesGraph, node: Resource) -> bool:
    """Tell whether anything of SHACL that is known is said about a node, or a shape refers to it as a shape."""
    about = shapes.about(node)
    typed = (term for term in about.get(RDF.type, []) if isinstance(term, NamedNode))
    references = (quad.predicate for quad in shapes.references(node))
    return (
        not about.keys().isdisjoint(vocabulary.PROPERTIES)
        or any(term.value.startswith(SH.iri) for term in typed)
        or any(name in vocabulary.PROPERTIES and "shape" in vocabulary.PROPERTIES[name].values for name in references)
    )


def _of_type(shapes: ShapesGraph, subject: Resource, class_: AnyTerm) -> Iterator[str]:
    if isinstance(class_, NamedNode):
        if class_.value.startswith(SH.iri) and not vocabulary.is_known(class_):
            yield f"{shown(class_)} is no class of SHACL{_meant(class_, vocabulary.CLASSES)}"
        if not class_.value.startswith(SH.iri) and _NEARLY_SHACL.match(class_.value):
            yield f"{shown(class_)} {_OTHER_NAMESPACE}"
    if class_ == SH.PropertyShape and not shapes.objects(subject, SH.path):
        yield "this sh:PropertyShape has no sh:path"
    if class_ == SH.ConstraintComponent and not subject.value.startswith(SH.iri):
        declared = shapes.objects(subject, SH.parameter)
        if all(SH.optional in shapes.about(parameter) for parameter in declared):
            yield "this sh:ConstraintComponent needs a sh:parameter that is not optional"
    is_class = not {RDFS.Class, SH.ShapeClass}.isdisjoint(shapes.objects(subject, RDF.type))
    if class_ in (SH.NodeShape, SH.PropertyShape) and isinstance(subject, BlankNode) and is_class:
        yield "this shape is a class, so it needs an IRI: a blank node has no instances in the data"


def _meant(term: NamedNode, among: Iterable[NamedNode]) -> str:
    close = nearest(term, among)
    return f"; did you mean {short_term(close)}?" if close is not None else ""


def _of_property(shapes: ShapesGraph, subject: Resource, predicate: NamedNode) -> Iterator[str]:
    """Yield what is wrong with a property of a node as a whole: how often it is there, and where."""
    rule, name = vocabulary.PROPERTIES[predicate], short_term(predicate)
    found = shapes.objects(subject, predicate)
    if rule.single and len(found) > 1:
        yield f"{name} has {len(found)} values, {shown(found[0])} and {shown(found[1])}; one is allowed"
    if rule.place == "property shape" and not shapes.objects(subject, SH.path):
        yield f"{name} is for property shapes, and this shape has no sh:path"
    if predicate in _FURTHER:
        yield from _FURTHER[predicate](shapes, subject)


def _path(shapes: ShapesGraph, subject: Resource) -> Iterator[str]:
    if SH.NodeShape in shapes.objects(subject, RDF.type):
        yield "sh:path is for property shapes, and this shape is a sh:NodeShape"


def _qualified(shapes: ShapesGraph, subject: Resource) -> Iterator[str]:
    if not shapes.objects(subject, SH.qualifiedMinCount) and not shapes.objects(subject, SH.qualifiedMaxCount):
        yield "sh:qualifiedValueShape stands alone; add sh:qualifiedMinCount or sh:qualifiedMaxCount"


def _patterns(shapes: ShapesGraph, subject: Resource) -> Iterator[str]:
    flags = [flag.value for flag in shapes.objects(subject, SH.flags) if isinstance(flag, Literal)]
    usable = flags[0] if len(flags) == 1 and patterns.FLAGS.issuperset(flags[0]) else ""
    for pattern in shapes.objects(subject, SH.pattern):
        if isinstance(pattern, Literal):
            try:
                patterns.compiled(pattern.value, usable)
            except (re.error, RecursionError, OverflowError) as error:
                yield f"sh:pattern {shown(pattern)} is not a regular expression of XPath: {error}"


def _constraints(shapes: ShapesGraph, subject: Resource) -> Iterator[str]:
    for constraint in shapes.objects(subject, SH.sparql):
        if not isinstance(constraint, Literal) and len(shapes.objects(constraint, SH.select)) != 1:
            yield "sh:sparql needs a node with one sh:select"


def _query(shapes: ShapesGraph, subject: Resource) -> Iterator[str]:
    is_constraint = any(quad.predicate == SH.sparql for quad in shapes.references(subject))
    if is_shape(shapes, subject) and not is_constraint:
        yield "a query stands on the shape itself; put it in sh:sparql [ sh:select ... ]"


def _declarations(shapes: ShapesGraph, subject: Resource) -> Iterator[str]:
    for declaration in shapes.objects(subject, SH.declare):
        for needed in (SH.prefix, SH.namespace):
            if not isinstance(declaration, Literal) and len(shapes.objects(declaration, needed)) != 1:
                yield f"sh:declare needs a node with one {short_term(needed)}"


def _ignored(shapes: ShapesGraph, subject: Resource) -> Iterator[str]:
    if not shapes.objects(subject, SH.closed):
        yield "sh:ignoredProperties has no effect without sh:closed; add sh:closed true"


def _parameters(shapes: ShapesGraph, subject: Resource) -> Iterator[str]:
    for parameter in shapes.objects(subject, SH.parameter):
        paths = shapes.objects(parameter, SH.path)
        if not isinstance(parameter, Literal) and (len(paths) != 1 or not isinstance(paths[0], NamedNode)):
            yield "sh:parameter needs a node with one sh:path, which is an IRI"


def _validators(predicate: NamedNode) -> Callable[[ShapesGraph, Resource], Iterator[str]]:
    def check_validators(shapes: ShapesGraph, subject: Resource) -> Iterator[str]:
        for validator in shapes.objects(subject, predicate):
            queries = [*shapes.objects(validator, SH.select), *shapes.objects(validator, SH.ask)]
            if not isinstance(validator, Literal) and (len(queries) != 1 or not _is_validator(shapes, validator)):
                wanted = "a sh:SPARQLAskValidator with sh:ask or a sh:SPARQLSelectValidator with sh:select"
                yield f"{short_term(predicate)} needs {wanted}"

    return check_validators


def _is_validator(shapes: ShapesGraph, node: AnyTerm) -> bool:
    """Tell whether a node is an instance of a class of validators, or of a subclass in the shapes."""
    classes = list(shapes.objects(node, RDF.type))
    for one in classes:
        classes += (above for above in shapes.objects(one, RDFS.subClassOf) if above not in classes)
    return not {SH.SPARQLAskValidator, SH.SPARQLSelectValidator}.isdisjoint(classes)


_FURTHER: Final[dict[NamedNode, Callable[[ShapesGraph, Resource], Iterator[str]]]] = {
    SH.path: _path,
    SH.pattern: _patterns,
    SH.qualifiedValueShape: _qualified,
    SH.sparql: _constraints,
    SH.select: _query,
    SH.ask: _query,
    SH.declare: _declarations,
    SH.ignoredProperties: _ignored,
    SH.parameter: _parameters,
    **{name: _validators(name) for name in (SH.validator, SH.nodeValidator, SH.propertyValidator)},
}
"""What is wrong with a property besides its values, their number and its place."""

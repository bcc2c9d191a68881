"""Compiles shapes: each constraint becomes a check over relations, or the shape is left to pySHACL with a reason.

A shape is compiled whole or not at all. What is not known for certain to be read by pySHACL as it is read here (an
unknown term of SHACL, a malformed parameter, a reference to itself) is not compiled.
"""

from collections.abc import Callable
from typing import Final

from pyoxigraph import BlankNode, NamedNode

from ontology.terms import RDF, RDFS, SH
from shapes.engine import logic, parameters, paths, sets, values
from shapes.engine.checks import Check, CompiledShape, Constraint
from shapes.engine.errors import NotCompiled
from shapes.graph import TARGETS, Node, ShapesGraph, Term
from shapes.paths import short_term

_SIMPLE: Final[dict[NamedNode, Callable[[ShapesGraph, Node], Check]]] = {
    SH["class"]: values.class_,
    SH.closed: values.closed,
    SH.datatype: values.datatype,
    SH.disjoint: sets.disjoint,
    SH.equals: sets.equals,
    SH.hasValue: sets.has_value,
    SH["in"]: values.in_,
    SH.languageIn: values.language_in,
    SH.lessThan: sets.less_than(SH.lessThan),
    SH.lessThanOrEquals: sets.less_than(SH.lessThanOrEquals),
    SH.maxCount: sets.max_count,
    SH.maxExclusive: values.range_(SH.maxExclusive),
    SH.maxInclusive: values.range_(SH.maxInclusive),
    SH.maxLength: values.max_length,
    SH.minCount: sets.min_count,
    SH.minExclusive: values.range_(SH.minExclusive),
    SH.minInclusive: values.range_(SH.minInclusive),
    SH.minLength: values.min_length,
    SH.nodeKind: values.node_kind,
    SH.pattern: values.pattern,
    SH.uniqueLang: sets.unique_lang,
}
_OF_LISTS: Final = {SH["and"]: logic.all_of, SH["or"]: logic.any_of, SH.xone: logic.one_of}
_REFERRING: Final = frozenset({SH.node, SH.property, SH["not"], SH.qualifiedValueShape, *_OF_LISTS})
_PROPERTY_SHAPES_ONLY: Final = frozenset(
    {SH.minCount, SH.maxCount, SH.uniqueLang, SH.lessThan, SH.lessThanOrEquals, SH.qualifiedValueShape}
)
_COMPANIONS: Final = {
    SH.ignoredProperties: SH.closed,
    SH.qualifiedMinCount: SH.qualifiedValueShape,
    SH.qualifiedMaxCount: SH.qualifiedValueShape,
    SH.qualifiedValueShapesDisjoint: SH.qualifiedValueShape,
}
_WITHOUT_EFFECT: Final = frozenset(
    {
        *(
            SH[name]
            for name in ("path", "name", "description", "message", "severity", "order", "group", "defaultValue")
        ),
        *(SH.flags, SH.deactivated, *TARGETS),
    }
)
_DEEPEST: Final = 5


class Compiler:
    """Compiles the shapes of one shapes graph."""

    def __init__(self, shapes: ShapesGraph) -> None:
        self._shapes: Final = shapes
        components = {SH.ConstraintComponent, *shapes.subjects(RDFS.subClassOf, SH.ConstraintComponent)}
        self._has_components = any(shapes.subjects(RDF.type, component) for component in components)

    def shape(self, node: Node, *, with_properties: bool = True) -> CompiledShape:
        """Return a shape compiled, with its property shapes or without.

        Raises ``NotCompiled`` when any part of it has to be left to pySHACL.
        """
        return self._shape(node, (), with_properties=with_properties)

    def property_shapes(self, node: Node) -> list[Node]:
        """Return the property shapes of a shape; raises ``NotCompiled`` for one that is not well-formed."""
        return [self._property_shape(child) for child in self._shapes.objects(node, SH.property)]

    def is_property_shape(self, node: Node) -> bool:
        """Tell whether a shape has a path."""
        return bool(self._shapes.objects(node, SH.path))

    def _shape(self, node: Node, above: tuple[Node, ...], *, with_properties: bool = True) -> CompiledShape:
        if self._has_components:
            raise NotCompiled("the shapes declare constraint components of their own")
        if node in above:
            raise NotCompiled("it refers to itself")
        if len(above) > _DEEPEST:
            raise NotCompiled("shapes are nested too deeply")
        if self._shapes.objects(node, SH.deactivated) and parameters.boolean(self._shapes, node, SH.deactivated):
            return CompiledShape(node, None, ())
        path = self._path(node)
        constraints = []
        for parameter in self._shapes.about(node):
            self._check_known(node, parameter)
            if parameter in _SIMPLE or (parameter in _REFERRING and (with_properties or parameter != SH.property)):
                if parameter in _PROPERTY_SHAPES_ONLY and path is None:
                    raise NotCompiled(f"{short_term(parameter)} is for property shapes only")
                constraints.append(Constraint(parameter, self._check(node, parameter, (*above, node))))
        return CompiledShape(node, path, tuple(constraints))

    def _path(self, node: Node) -> paths.Path | None:
        if not self._shapes.objects(node, SH.path):
            return None
        return paths.read(self._shapes, parameters.single(self._shapes, node, SH.path))

    def _check_known(self, node: Node, predicate: NamedNode) -> None:
        if predicate in _COMPANIONS:
            if _COMPANIONS[predicate] not in self._shapes.about(node):
                raise NotCompiled(f"{short_term(predicate)} stands alone")
        elif predicate not in _SIMPLE and predicate not in _REFERRING and states_constraint(predicate):
            raise NotCompiled(f"{short_term(predicate)} is left to pySHACL")

    def _check(self, node: Node, parameter: NamedNode, above: tuple[Node, ...]) -> Check:
        if parameter in _SIMPLE:
            if parameter == SH.closed:
                self.property_shapes(node)
            return _SIMPLE[parameter](self._shapes, node)
        found = self._shapes.objects(node, parameter)
        if parameter in _OF_LISTS:
            return self._listed(parameter, found, above)
        if parameter == SH.qualifiedValueShape:
            return self._qualified(node, above)
        if parameter == SH.property:
            return logic.all_of([self._shape(self._property_shape(child), above) for child in found])
        if parameter == SH.node and any(self._shapes.objects(child, SH.path) for child in found):
            raise NotCompiled("its sh:node is a property shape")
        others = [self._shape(_node(child), above) for child in found]
        return logic.all_of(others) if parameter == SH.node else logic.none_of(others)

    def _listed(self, parameter: NamedNode, heads: list[Term], above: tuple[Node, ...]) -> Check:
        if len(heads) != 1:
            raise NotCompiled(f"it has more than one {short_term(parameter)}")
        shapes = [self._shape(_node(member), above) for member in paths.members(self._shapes, heads[0])]
        if not shapes:
            raise NotCompiled(f"its {short_term(parameter)} is an empty list")
        return _OF_LISTS[parameter](shapes)

    def _qualified(self, node: Node, above: tuple[Node, ...]) -> Check:
        wanted = _node(parameters.single(self._shapes, node, SH.qualifiedValueShape))
        least, most = (self._count(node, name) for name in (SH.qualifiedMinCount, SH.qualifiedMaxCount))
        if least is None and most is None:
            raise NotCompiled("it has neither sh:qualifiedMinCount nor sh:qualifiedMaxCount")
        disjoint = SH.qualifiedValueShapesDisjoint
        is_disjoint = bool(self._shapes.objects(node, disjoint)) and parameters.boolean(self._shapes, node, disjoint)
        siblings = self._siblings(node, wanted) if is_disjoint else []
        others = [self._shape(sibling, above) for sibling in siblings]
        return logic.qualified(self._shape(wanted, above), others, least, most)

    def _siblings(self, node: Node, wanted: Node) -> list[Node]:
        properties = {
            child
            for parent in self._shapes.subjects(SH.property, node)
            for child in self._shapes.objects(parent, SH.property)
        }
        shapes = {shape for child in properties for shape in self._shapes.objects(child, SH.qualifiedValueShape)}
        return [_node(shape) for shape in shapes if shape != wanted]

    def _count(self, node: Node, parameter: NamedNode) -> int | None:
        return parameters.count(self._shapes, node, parameter) if self._shapes.objects(node, parameter) else None

    def _property_shape(self, child: Term) -> Node:
        if len(self._shapes.objects(child, SH.path)) != 1:
            raise NotCompiled("one of its property shapes has no path, or more than one")
        return _node(child)


def _node(term: Term) -> Node:
    if not isinstance(term, NamedNode | BlankNode):
        raise NotCompiled(f"{term} cannot be a shape")
    return term


def states_constraint(predicate: NamedNode) -> bool:
    """Tell whether a property of a shape is a term of SHACL that may have results."""
    return predicate.value.startswith(SH.iri) and predicate not in _WITHOUT_EFFECT and predicate not in _COMPANIONS

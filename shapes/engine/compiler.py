"""Compiles shapes: each constraint becomes a check over relations, or the shape is left to pySHACL with a reason.

A shape is compiled whole or not at all. It is not compiled where pySHACL might read it differently: with an unknown
term of SHACL, a malformed parameter or a reference to itself.
"""

from collections.abc import Callable, Sequence
from typing import Final

from pyoxigraph import BlankNode, NamedNode

from ontology.rdf import AnyTerm, Resource
from ontology.terms import RDF, RDFS, SH
from shapes.engine import parameters, property_paths
from shapes.engine.checks import Check, CompiledShape, Constraint
from shapes.engine.constraints import (
    cardinality,
    list_based,
    logical,
    other,
    property_pair,
    shape_based,
    string_based,
    value_range,
    value_type,
)
from shapes.engine.errors import NotCompiled
from shapes.path_syntax import short_term
from shapes.shapes_graph import TARGETS, ShapesGraph

_OF_VALUES: Final[dict[NamedNode, Callable[[ShapesGraph, Resource], Check]]] = {
    SH["class"]: value_type.class_,
    SH.closed: other.closed,
    SH.datatype: value_type.datatype,
    SH.disjoint: property_pair.disjoint,
    SH.equals: property_pair.equals,
    SH.hasValue: other.has_value,
    SH["in"]: other.in_,
    SH.languageIn: string_based.language_in,
    SH.lessThan: property_pair.less_than(SH.lessThan),
    SH.lessThanOrEquals: property_pair.less_than(SH.lessThanOrEquals),
    SH.maxCount: cardinality.max_count,
    SH.maxExclusive: value_range.range_(SH.maxExclusive),
    SH.maxInclusive: value_range.range_(SH.maxInclusive),
    SH.maxLength: string_based.max_length,
    SH.maxListLength: list_based.max_list_length,
    SH.minCount: cardinality.min_count,
    SH.minExclusive: value_range.range_(SH.minExclusive),
    SH.minInclusive: value_range.range_(SH.minInclusive),
    SH.minLength: string_based.min_length,
    SH.minListLength: list_based.min_list_length,
    SH.nodeKind: value_type.node_kind,
    SH.pattern: string_based.pattern,
    SH.singleLine: string_based.single_line,
    SH.subsetOf: property_pair.subset_of,
    SH.uniqueLang: string_based.unique_lang,
    SH.uniqueMembers: list_based.unique_members,
}
_OF_SHAPE_LISTS: Final = {SH["and"]: logical.and_, SH["or"]: logical.or_, SH.xone: logical.xone}
_OF_SHAPES: Final = frozenset(
    {SH.node, SH.property, SH["not"], SH.qualifiedValueShape, SH.memberShape, *_OF_SHAPE_LISTS}
)
_OF_OTHER_SHAPES: Final[dict[NamedNode, Callable[[Sequence[CompiledShape]], Check]]] = {
    SH.memberShape: list_based.member_shape,
    SH.node: shape_based.node,
    SH["not"]: logical.not_,
}
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

    def shape(self, node: Resource, *, with_properties: bool = True) -> CompiledShape:
        """Return a shape compiled, with its property shapes or without.

        Raises ``NotCompiled`` when any part of it has to be left to pySHACL.
        """
        return self._shape(node, (), with_properties=with_properties)

    def property_shapes(self, node: Resource) -> list[Resource]:
        """Return the property shapes of a shape; raises ``NotCompiled`` for one that is not well-formed."""
        return [self._property_shape(child) for child in self._shapes.objects(node, SH.property)]

    def is_property_shape(self, node: Resource) -> bool:
        """Tell whether a shape has a path."""
        return bool(self._shapes.objects(node, SH.path))

    def _shape(self, node: Resource, above: tuple[Resource, ...], *, with_properties: bool = True) -> CompiledShape:
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
            if parameter in _OF_VALUES or (parameter in _OF_SHAPES and (with_properties or parameter != SH.property)):
                if parameter in _PROPERTY_SHAPES_ONLY and path is None:
                    raise NotCompiled(f"{short_term(parameter)} is for property shapes only")
                constraints.append(Constraint(parameter, self._check(node, parameter, (*above, node))))
        return CompiledShape(node, path, tuple(constraints))

    def _path(self, node: Resource) -> property_paths.Path | None:
        if not self._shapes.objects(node, SH.path):
            return None
        return property_paths.read(self._shapes, parameters.single(self._shapes, node, SH.path))

    def _check_known(self, node: Resource, predicate: NamedNode) -> None:
        if predicate in _COMPANIONS:
            if _COMPANIONS[predicate] not in self._shapes.about(node):
                raise NotCompiled(f"{short_term(predicate)} stands alone")
        elif predicate not in _OF_VALUES and predicate not in _OF_SHAPES and states_constraint(predicate):
            raise NotCompiled(f"{short_term(predicate)} is left to pySHACL")

    def _check(self, node: Resource, parameter: NamedNode, above: tuple[Resource, ...]) -> Check:
        if parameter in _OF_VALUES:
            if parameter == SH.closed:
                self.property_shapes(node)
            return _OF_VALUES[parameter](self._shapes, node)
        found = self._shapes.objects(node, parameter)
        if parameter in _OF_SHAPE_LISTS:
            return self._listed(parameter, found, above)
        if parameter == SH.qualifiedValueShape:
            return self._qualified(node, above)
        if parameter == SH.property:
            return shape_based.node([self._shape(self._property_shape(child), above) for child in found])
        others = [self._shape(_node(child), above) for child in found]
        return _OF_OTHER_SHAPES[parameter](others)

    def _listed(self, parameter: NamedNode, heads: list[AnyTerm], above: tuple[Resource, ...]) -> Check:
        if len(heads) != 1:
            raise NotCompiled(f"it has more than one {short_term(parameter)}")
        shapes = [self._shape(_node(member), above) for member in property_paths.members(self._shapes, heads[0])]
        if not shapes:
            raise NotCompiled(f"its {short_term(parameter)} is an empty list")
        return _OF_SHAPE_LISTS[parameter](shapes)

    def _qualified(self, node: Resource, above: tuple[Resource, ...]) -> Check:
        wanted = _node(parameters.single(self._shapes, node, SH.qualifiedValueShape))
        least, most = (self._count(node, name) for name in (SH.qualifiedMinCount, SH.qualifiedMaxCount))
        if least is None and most is None:
            raise NotCompiled("it has neither sh:qualifiedMinCount nor sh:qualifiedMaxCount")
        disjoint = SH.qualifiedValueShapesDisjoint
        is_disjoint = bool(self._shapes.objects(node, disjoint)) and parameters.boolean(self._shapes, node, disjoint)
        siblings = self._siblings(node, wanted) if is_disjoint else []
        others = [self._shape(sibling, above) for sibling in siblings]
        return shape_based.qualified_value_shape(self._shape(wanted, above), others, least, most)

    def _siblings(self, node: Resource, wanted: Resource) -> list[Resource]:
        properties = {
            child
            for parent in self._shapes.subjects(SH.property, node)
            for child in self._shapes.objects(parent, SH.property)
        }
        shapes = {shape for child in properties for shape in self._shapes.objects(child, SH.qualifiedValueShape)}
        return [_node(shape) for shape in shapes if shape != wanted]

    def _count(self, node: Resource, parameter: NamedNode) -> int | None:
        return parameters.count(self._shapes, node, parameter) if self._shapes.objects(node, parameter) else None

    def _property_shape(self, child: AnyTerm) -> Resource:
        if len(self._shapes.objects(child, SH.path)) != 1:
            raise NotCompiled("one of its property shapes has no path, or more than one")
        return _node(child)


def _node(term: AnyTerm) -> Resource:
    if not isinstance(term, NamedNode | BlankNode):
        raise NotCompiled(f"{term} cannot be a shape")
    return term


def states_constraint(predicate: NamedNode) -> bool:
    """Tell whether a property of a shape is a term of SHACL that may have results."""
    return predicate.value.startswith(SH.iri) and predicate not in _WITHOUT_EFFECT and predicate not in _COMPANIONS

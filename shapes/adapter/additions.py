"""Components of SHACL 1.2 (draft) for pySHACL, which knows none of them.

pySHACL evaluates them where the engine leaves a shape to it, and writes their results. They judge as
:mod:`shapes.engine.constraints` does.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar, Final
from warnings import warn

import pyoxigraph as ox
import rdflib
from pyshacl.constraints import ALL_CONSTRAINT_PARAMETERS, CONSTRAINT_PARAMETERS_MAP
from pyshacl.constraints.constraint_component import ConstraintComponent
from pyshacl.constraints.core.value_constraints import ClassConstraintComponent, NodeKindConstraintComponent
from pyshacl.errors import ShapeRecursionWarning

from ontology.rdf import AnyTerm
from shapes.adapter.terms import from_rdflib, to_rdflib
from shapes.wellformed.lists import members_or_none
from shapes.xsd import patterns

_SHACL: Final = rdflib.Namespace("http://www.w3.org/ns/shacl#")
_Node = rdflib.term.IdentifiedNode | rdflib.Literal
_ValueNodes = Mapping[_Node, Iterable[_Node]]
_Outcome = tuple[bool, list[Any]]


class _Objects:
    """An rdflib graph as :mod:`shapes.wellformed.lists` reads one."""

    def __init__(self, graph: Any) -> None:  # noqa: ANN401
        self._graph = graph

    def objects(self, subject: AnyTerm, predicate: ox.NamedNode) -> Sequence[AnyTerm]:
        """Return the objects of the triples with this subject and predicate."""
        if isinstance(subject, ox.Literal):
            return []
        return [from_rdflib(found) for found in self._graph.objects(to_rdflib(subject), to_rdflib(predicate))]


class _OfValues(ConstraintComponent):
    """A component with a result for each value node that does not fit."""

    parameter: ClassVar[str] = ""
    message: ClassVar[str] = ""

    def __init_subclass__(cls) -> None:
        """Name the component of a parameter."""
        if cls.parameter:
            cls.shacl_constraint_component = _SHACL[cls.constraint_name()]

    @classmethod
    def constraint_parameters(cls) -> list[rdflib.URIRef]:
        """Return the parameters of the component."""
        return [_SHACL[cls.parameter]]

    @classmethod
    def constraint_name(cls) -> str:
        """Return the name of the component."""
        return f"{cls.parameter[0].upper()}{cls.parameter[1:]}ConstraintComponent"

    def make_generic_messages(self, *_: object) -> list[rdflib.Literal]:
        """Return the message of a shape without messages."""
        return [rdflib.Literal(self.message)]

    def evaluate(self, executor: Any, target_graph: Any, focus_value_nodes: _ValueNodes, path: list[Any]) -> _Outcome:  # noqa: ANN401
        """Return whether all values conform, and the results."""
        results = [
            self.make_v_result(target_graph, focus_node, value_node=value)
            for rule in self.shape.objects(_SHACL[self.parameter])  # type: ignore[no-untyped-call]
            for focus_node, values in focus_value_nodes.items()
            for value in values
            if not self.fits(rule, focus_node, value, _Evaluation(executor, target_graph, path))
        ]
        return not results, results

    def fits(self, rule: Any, focus_node: _Node, value: _Node, evaluation: "_Evaluation") -> bool:  # noqa: ANN401
        """Tell whether a value node conforms to a value of the parameter."""
        raise NotImplementedError


class _Evaluation:
    """The state of pySHACL that a component needs: the executor, the data graph, and the shapes above."""

    def __init__(self, executor: Any, graph: Any, path: list[Any]) -> None:  # noqa: ANN401
        self.executor, self.graph, self.path = executor, graph, path

    def members(self, value: _Node) -> list[AnyTerm] | None:
        """Return the members of a value that is a list."""
        return members_or_none(_Objects(self.graph), from_rdflib(value))


class SingleLine(_OfValues):
    """``sh:singleLine``."""

    parameter = "singleLine"
    message = "Value has a line break"

    def fits(self, rule: Any, focus_node: _Node, value: _Node, evaluation: _Evaluation) -> bool:  # noqa: ANN401
        """Tell whether a value has no line break."""
        del focus_node, evaluation
        is_literal = isinstance(value, rdflib.Literal)
        return not (_is_true(rule) and is_literal and patterns.LINE_BREAK.search(str(value)))


class SubsetOf(_OfValues):
    """``sh:subsetOf``."""

    parameter = "subsetOf"
    message = "Value is not a value of the other property"

    def fits(self, rule: Any, focus_node: _Node, value: _Node, evaluation: _Evaluation) -> bool:  # noqa: ANN401
        """Tell whether a value is one of the other property, too."""
        return not isinstance(focus_node, rdflib.Literal) and value in set(evaluation.graph.objects(focus_node, rule))


class _OfLists(_OfValues):
    def fits(self, rule: Any, focus_node: _Node, value: _Node, evaluation: _Evaluation) -> bool:  # noqa: ANN401
        """Tell whether a value is a list that conforms."""
        del focus_node
        listed = evaluation.members(value)
        return listed is not None and self.list_fits(rule, listed, evaluation)

    def list_fits(self, rule: Any, listed: list[AnyTerm], evaluation: _Evaluation) -> bool:  # noqa: ANN401
        raise NotImplementedError


class MinListLength(_OfLists):
    """``sh:minListLength``."""

    parameter = "minListLength"
    message = "Value is not a list, or has too few members"

    def list_fits(self, rule: Any, listed: list[AnyTerm], evaluation: _Evaluation) -> bool:  # noqa: ANN401
        """Tell whether a list has enough members."""
        del evaluation
        return len(listed) >= int(rule)


class MaxListLength(_OfLists):
    """``sh:maxListLength``."""

    parameter = "maxListLength"
    message = "Value is not a list, or has too many members"

    def list_fits(self, rule: Any, listed: list[AnyTerm], evaluation: _Evaluation) -> bool:  # noqa: ANN401
        """Tell whether a list has few enough members."""
        del evaluation
        return len(listed) <= int(rule)


class UniqueMembers(_OfLists):
    """``sh:uniqueMembers``."""

    parameter = "uniqueMembers"
    message = "Value is not a list, or has a member twice"

    def fits(self, rule: Any, focus_node: _Node, value: _Node, evaluation: _Evaluation) -> bool:  # noqa: ANN401
        """Tell whether a value is a list that conforms; ``false`` says nothing about it."""
        return not _is_true(rule) or super().fits(rule, focus_node, value, evaluation)

    def list_fits(self, rule: Any, listed: list[AnyTerm], evaluation: _Evaluation) -> bool:  # noqa: ANN401
        """Tell whether no member of a list is repeated."""
        del rule, evaluation
        return len(set(listed)) == len(listed)


class MemberShape(_OfLists):
    """``sh:memberShape``."""

    parameter = "memberShape"
    message = "Value is not a list, or has a member that does not conform"
    shape_expecting = True

    def list_fits(self, rule: Any, listed: list[AnyTerm], evaluation: _Evaluation) -> bool:  # noqa: ANN401
        """Tell whether all members of a list conform to a shape."""
        shape = self.shape.get_other_shape(rule)  # type: ignore[no-untyped-call]
        if shape in (self.recursion_triggers(evaluation.path) or ()):
            warn(ShapeRecursionWarning(evaluation.path), stacklevel=2)  # type: ignore[no-untyped-call]
        return all(
            shape.validate(
                evaluation.executor, evaluation.graph, focus=to_rdflib(member), _evaluation_path=evaluation.path[:]
            )[0]
            for member in listed
        )


class ClassOrList(ClassConstraintComponent):
    """``sh:class`` with a class, or with a list of classes of which a value has any."""

    def _evaluate_class_rules_rdflib(self, target_graph: Any, f_v_dict: _ValueNodes, class_rule: Any) -> _Outcome:  # noqa: ANN401
        if not _is_list(self, class_rule):
            found: _Outcome = super()._evaluate_class_rules_rdflib(target_graph, f_v_dict, class_rule)  # type: ignore[no-untyped-call]
            return found
        allowed = set(self.shape.sg.graph.items(class_rule))

        def fits(value: _Node) -> bool:
            types = set() if isinstance(value, rdflib.Literal) else set(target_graph.objects(value, rdflib.RDF.type))
            return any(
                not allowed.isdisjoint(target_graph.transitive_objects(type_, rdflib.RDFS.subClassOf))
                for type_ in types
            )

        results = _failing(self, target_graph, f_v_dict, fits)
        return bool(results), results


class NodeKindOrList(NodeKindConstraintComponent):
    """``sh:nodeKind`` with a kind, or with a list of kinds of which a value has any."""

    def evaluate(self, executor: Any, target_graph: Any, focus_value_nodes: Any, _evaluation_path: Any) -> Any:  # noqa: ANN401
        """Return whether all values conform, and the results."""
        if not _is_list(self, self.nodekind_rule):
            return super().evaluate(executor, target_graph, focus_value_nodes, _evaluation_path)
        allowed = tuple(_KINDS[kind] for kind in self.shape.sg.graph.items(self.nodekind_rule))
        results = _failing(self, target_graph, focus_value_nodes, lambda value: isinstance(value, allowed))
        return not results, results


_KINDS: Final[dict[Any, type]] = {
    _SHACL.IRI: rdflib.URIRef,
    _SHACL.BlankNode: rdflib.BNode,
    _SHACL.Literal: rdflib.Literal,
}
_COMPONENTS: Final = (
    *(ClassOrList, MaxListLength, MemberShape, MinListLength, NodeKindOrList, SingleLine, SubsetOf, UniqueMembers),
)


def install() -> None:
    """Have pySHACL know these components in this process."""
    for component in _COMPONENTS:
        for parameter in component.constraint_parameters():
            if parameter not in CONSTRAINT_PARAMETERS_MAP:
                ALL_CONSTRAINT_PARAMETERS.append(parameter)
            CONSTRAINT_PARAMETERS_MAP[parameter] = component


def _is_true(rule: Any) -> bool:  # noqa: ANN401
    return str(rule) in ("true", "1")


def _is_list(component: Any, rule: Any) -> bool:  # noqa: ANN401
    return (rule, rdflib.RDF.first, None) in component.shape.sg.graph


def _failing(component: Any, data: Any, focus_value_nodes: _ValueNodes, fits: Callable[[_Node], bool]) -> list[Any]:  # noqa: ANN401
    return [
        component.make_v_result(data, focus_node, value_node=value)
        for focus_node, values in focus_value_nodes.items()
        for value in values
        if not fits(value)
    ]

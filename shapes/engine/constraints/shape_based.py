"""Shape-based constraints: ``sh:node``, ``sh:property``, ``sh:qualifiedValueShape``.

https://www.w3.org/TR/shacl/#core-components-shape
"""

from collections import Counter
from collections.abc import Callable, Sequence

from shapes.data_graph import DataGraph, Relation, Terms
from shapes.engine.checks import CompiledShape, FocusNodeCheck, ValueNodeCheck
from shapes.engine.constraints.logical import and_, is_exact


def node(shapes: Sequence[CompiledShape]) -> ValueNodeCheck:
    """``sh:node`` and ``sh:property``: every value node conforms to every shape, as for ``sh:and``."""
    return and_(shapes)


def qualified_value_shape(
    shape: CompiledShape, siblings: Sequence[CompiledShape], least: int | None, most: int | None
) -> FocusNodeCheck:
    """So many values conform to ``shape`` and to none of its siblings (``sh:qualifiedValueShape``)."""
    if not is_exact([shape, *siblings]):
        return FocusNodeCheck(_loosely(shape, has_siblings=bool(siblings), least=least, most=most), exact=False)

    def failing(data: DataGraph, focus_nodes: Terms, values: Relation) -> Terms:
        counted = values.objects - shape.suspects(data, values.objects)
        for sibling in siblings:
            counted &= sibling.suspects(data, counted)
        numbers = _numbers(values, counted)
        return {
            node
            for node in focus_nodes
            if (least is not None and numbers[node] < least) or (most is not None and numbers[node] > most)
        }

    return FocusNodeCheck(failing)


def _loosely(
    shape: CompiledShape, *, has_siblings: bool, least: int | None, most: int | None
) -> Callable[[DataGraph, Terms, Relation], Terms]:
    def failing(data: DataGraph, focus_nodes: Terms, values: Relation) -> Terms:
        if has_siblings:
            return focus_nodes
        conforming = _numbers(values, values.objects - shape.suspects(data, values.objects))
        everything = _numbers(values, values.objects)
        return {
            node
            for node in focus_nodes
            if (least is not None and conforming[node] < least) or (most is not None and everything[node] > most)
        }

    return failing


def _numbers(values: Relation, counted: Terms) -> Counter[object]:
    return Counter(node for node, value in values.pairs if value in counted)

"""Reserved terms: what only releases describe."""

from collections.abc import Callable, Iterable
from typing import Final

from pyoxigraph import NamedNode, Quad

from graph.errors import RefusedError
from ontology import iris
from shapes.gate.additions import may_be_addition

_RESERVED: Final = tuple(
    f"{iris.BASE}{path}" for path in ("ns", "shapes", "scheme/", "graph/", "dataset", "id/rule/", "id/contribution/")
)


def check_subjects(
    quads: Iterable[Quad], is_described: Callable[[NamedNode], bool], is_own: Callable[[NamedNode], bool]
) -> None:
    """Raise ``RefusedError`` for a quad about a reserved term, unless it adds a label or link to one that exists.

    ``is_described`` tells whether the graph describes an IRI, ``is_own`` whether it was a blank node of the sender.
    """
    for subject, adds in dict.fromkeys((quad.subject, may_be_addition(quad)) for quad in quads):
        if not isinstance(subject, NamedNode) or not subject.value.startswith(_RESERVED):
            continue
        # The shapes of the gate judge what is added to a term that exists.
        if not is_own(subject) and not (adds and is_described(subject)):
            raise RefusedError(
                "reserved",
                f"only releases may describe {subject}; refer to it, or use an IRI of your own",
            )

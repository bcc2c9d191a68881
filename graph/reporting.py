"""The report on data that are merged with a release, and which shapes from outside can be used for it.

Whatever SHACL leaves to extensions, and whatever lies elsewhere, is refused instead of being left out: a report that
says "conforms" has looked at all of it.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from pyoxigraph import Quad, Store

from graph.errors import GraphError
from ontology.terms import OWL, RDF, SH
from shapes import documents
from shapes.report import Report
from shapes.validation import validate, validate_contribution

_EXTENSIONS_OF_SHACL: Final = frozenset(SH[name] for name in ("target", "rule", "js", "expression"))


class UnusableShapesError(GraphError):
    """Shapes that can be read but not used for validation."""


def report_on(
    data: Collection[Quad],
    release: Store | Collection[Quad],
    shapes: Collection[Quad] = (),
    extra_shapes: Collection[Quad] = (),
) -> Report:
    """Return the report on ``data`` merged with a ``release``, which is empty when the data stand alone.

    It is the project's own report on a contribution, unless there are ``shapes``, which apply to the whole instead. The
    results of ``extra_shapes`` come on top of it, as far as they are about what the data make statements about. Raises
    ``ShapesError`` when shapes cannot be used.
    """
    if shapes:
        return _over(data, release, shapes)
    report = validate_contribution(data, release)
    if not extra_shapes:
        return report
    return Report.merged([report, _over(data, release, extra_shapes).about({quad.subject for quad in data})])


def usable_shapes(documents_read: Sequence[tuple[str, Collection[Quad]]]) -> list[Quad]:
    """Return the shapes of documents, each given with its name, as one.

    Raises ``UnusableShapesError``, which names the document, where one declares no shape and where something of it
    would be left out in silence: an extension of SHACL, or the import of a document that is not among them.
    """
    together = [quad for _, quads in documents_read for quad in quads]
    there = {quad.subject for quad in together if quad.predicate == RDF.type and quad.object == OWL.Ontology}
    for name, quads in documents_read:
        if not documents.holds_shapes(quads):
            raise UnusableShapesError(f"{name}: declares no SHACL shape; give an sh:NodeShape or sh:PropertyShape")
        left_out = next(filter(None, (_left_out(quad, there) for quad in quads)), None)
        if left_out is not None:
            raise UnusableShapesError(f"{name}: {left_out}")
    return together


def _left_out(quad: Quad, there: Collection[object]) -> str | None:
    if quad.predicate in _EXTENSIONS_OF_SHACL:
        name = quad.predicate.value.removeprefix(SH.iri)
        return f"sh:{name} is an extension of SHACL that is not evaluated; use core or SPARQL constraints"
    if quad.predicate == OWL.imports and quad.object not in there:
        return (
            f"imports {quad.object}, and nothing is fetched; give that document as shapes, too, or leave the import out"
        )
    return None


def _over(data: Collection[Quad], release: Store | Collection[Quad], shapes: Collection[Quad]) -> Report:
    if not isinstance(release, Store):
        return validate([*data, *release], shapes)
    with _merged(release, data):
        return validate(release, shapes)


@contextmanager
def _merged(store: Store, data: Iterable[Quad]) -> Iterator[None]:
    """Add the triples of ``data`` to the default graph of ``store``, until the end of the ``with`` block."""
    triples = {Quad(quad.subject, quad.predicate, quad.object) for quad in data}
    new = [quad for quad in triples if quad not in store]
    store.extend(new)
    try:
        yield
    finally:
        for quad in new:
            store.remove(quad)

"""``owl:imports`` (https://www.w3.org/TR/shacl/#shapes-graph), satisfied by documents that are at hand.

Nothing is fetched. A document that shapes import belongs to the shapes, and must be at hand. A document without shapes
is a vocabulary: its subclasses and values are background of the data. Imports of vocabularies and data need not be at
hand; a note tells which are not.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urljoin

from pyoxigraph import NamedNode, Quad

from ontology.rdf import AnyTerm
from ontology.terms import OWL, RDF, SH
from shapes import documents
from shapes.errors import ShapesError
from shapes.report import Note


@dataclass(frozen=True, eq=False)
class ImportableDocument:
    """A parsed document, with the name of its file or part.

    ``addresses`` are IRIs at which it can be imported, such as its base; ``prefixes`` are its namespaces by prefix.
    ``left_out`` tells that it is known and not read on purpose.
    """

    name: str
    quads: Collection[Quad]
    addresses: tuple[str, ...] = ()
    prefixes: Mapping[str, str] = field(default_factory=dict)
    left_out: bool = False


Find = Callable[[str], ImportableDocument | None]


@dataclass(frozen=True)
class ShapesInput:
    """All triples of shapes with their imports, the background of the data, notes on imports, and prefixes."""

    shapes: tuple[Quad, ...] = ()
    background: tuple[Quad, ...] = ()
    notes: tuple[Note, ...] = ()
    prefixes: Mapping[str, str] = field(default_factory=dict)


def addresses(base_iri: str | None, file_name: str) -> tuple[str, ...]:
    """Return the IRIs of a document with a base: the base itself, and the file name resolved against it."""
    return () if base_iri is None else (base_iri, urljoin(base_iri, file_name))


def resolve(
    shapes: Sequence[ImportableDocument],
    data: Sequence[ImportableDocument] = (),
    background: Sequence[ImportableDocument] = (),
    find: Find = lambda _: None,
) -> ShapesInput:
    """Return the shapes of documents with all that they import from one another, from the data or the background.

    ``find`` returns another document by its IRI, if it is at hand. Raises ``ShapesError``, which names the document,
    when none declares a shape, or one that does imports a document that is not at hand.
    """
    if not shapes:
        return ShapesInput()
    lookup = _Lookup([*shapes, *data, *background], find)
    shapes_documents, unmet = lookup.closure(shapes)
    with_shapes = [one for one in shapes_documents if documents.holds_shapes(one.quads)]
    if not with_shapes:
        raise ShapesError(f"{shapes[0].name}: declares no SHACL shape; give an sh:NodeShape or sh:PropertyShape")
    for document, imported in unmet:
        if document in with_shapes:
            raise ShapesError(
                f"{document.name}: imports {imported}, but documents are not fetched; add the document as shapes or as "
                "background, or remove the import"
            )
    vocabularies = [one for one in shapes_documents if one not in with_shapes]
    others, unmet_by_others = lookup.closure([*background, *data])
    notes = (
        *(Note("vocabulary", one.name) for one in shapes if one in vocabularies),
        *(Note("not-imported", str(imported)) for _, imported in (*unmet, *unmet_by_others)),
        *(Note("not-imported", one.name) for one in (*shapes_documents, *others) if one.left_out),
    )
    return ShapesInput(
        _quads(shapes_documents),
        _quads(one for one in dict.fromkeys([*vocabularies, *others]) if one not in data),
        tuple(dict.fromkeys(notes)),
        {prefix: iri for one in reversed(shapes_documents) for prefix, iri in one.prefixes.items()},
    )


class _Lookup:
    """Documents by the IRIs at which they can be imported, with or without a last ``#`` or ``/``."""

    def __init__(self, given: Iterable[ImportableDocument], find: Find) -> None:
        self._find: Final = find
        self._known: Final[dict[str, list[ImportableDocument]]] = {}
        for document in given:
            self._add(document, document.addresses)

    def closure(
        self, first: Sequence[ImportableDocument]
    ) -> tuple[list[ImportableDocument], list[tuple[ImportableDocument, AnyTerm]]]:
        """Return documents with all that they import, and the imports that are not at hand, each with its document."""
        reached, unmet = dict.fromkeys(first), []
        unread = list(reached)
        while unread:
            document = unread.pop(0)
            for imported in dict.fromkeys(quad.object for quad in document.quads if quad.predicate == OWL.imports):
                found = self._imported(imported)
                if found is None:
                    unmet.append((document, imported))
                    continue
                new = [one for one in found if one not in reached]
                reached |= dict.fromkeys(new)
                unread += new
        return list(reached), unmet

    def _imported(self, imported: AnyTerm) -> list[ImportableDocument] | None:
        if not isinstance(imported, NamedNode):
            return None
        known = self._known.get(_key(imported.value))
        if known is None and (found := self._find(imported.value)) is not None:
            self._add(found, (imported.value, *found.addresses))
            known = [found]
        # The vocabulary of SHACL says nothing that validation does not know.
        return [] if known is None and _key(imported.value) == _key(SH.iri) else known

    def _add(self, document: ImportableDocument, iris: Iterable[str]) -> None:
        contained = (iri for quad in document.quads if (iri := _identified(quad)) is not None)
        for iri in dict.fromkeys(map(_key, (*iris, *contained))):
            self._known.setdefault(iri, []).append(document)


def _identified(quad: Quad) -> str | None:
    """Return the IRI of what a triple shows its document to contain: an ontology, or a collection of prefixes."""
    if quad.predicate == SH.declare or (quad.predicate == RDF.type and quad.object == OWL.Ontology):
        return quad.subject.value if isinstance(quad.subject, NamedNode) else None
    return quad.object.value if quad.predicate == OWL.versionIRI and isinstance(quad.object, NamedNode) else None


def _key(iri: str) -> str:
    return iri.rstrip("#/")


def _quads(listed: Iterable[ImportableDocument]) -> tuple[Quad, ...]:
    return tuple(quad for document in listed for quad in document.quads)

"""``owl:imports`` of shapes in files: satisfied by the files that are given, or by copies in a folder."""

from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path

import click
from pyoxigraph import Quad

from graph.validation import UnusableShapesError
from loaders.rdf import reader
from loaders.rdf.offline import OfflineImports
from loaders.rdf.prefixes import declared
from loaders.tables import read_bytes
from shapes import imports
from shapes.errors import ShapesError
from shapes.imports import ImportableDocument, ShapesInput


class Imports:
    """What shapes may import: files of background, and copies of documents in ``folder``.

    ``base_of`` returns the base of a file of shapes or background.
    """

    def __init__(self, base_of: Callable[[Path], str], background: Sequence[Path], folder: Path | None) -> None:
        self._base_of = base_of
        self._background = background
        self._folder = folder

    def resolve(self, paths: Sequence[Path], data: Iterable[ImportableDocument] = ()) -> ShapesInput:
        """Return the shapes in files with what they import from one another, the data, the background or the folder.

        Raises ``InputError`` for a file that cannot be read, and ``UnusableShapesError`` for shapes
        that cannot be resolved by :func:`shapes.imports.resolve`.
        """
        if not paths:
            return ShapesInput()
        copies = OfflineImports(self._folder) if self._folder else None

        def find(iri: str) -> ImportableDocument | None:
            if copies and copies.leaves_out(iri):
                return ImportableDocument(f"<{iri}>", (), left_out=True)
            path = copies.path(iri) if copies else None
            # A copy has the base of its original.
            return _read(path, iri) if path else None

        try:
            return imports.resolve(self._given(paths), list(data), self._given(self._background), find)
        except ShapesError as error:
            raise UnusableShapesError(error) from error

    def _given(self, paths: Iterable[Path]) -> list[ImportableDocument]:
        return [_read(path, self._base_of(path)) for path in paths]


def importable(path: Path, data: bytes, quads: Collection[Quad], base_iri: str | None) -> ImportableDocument:
    """Return a parsed file, which can be imported at its base, its name below the base, and its own IRI."""
    addresses = (*imports.addresses(base_iri, path.name), reader.iri_of_file(path))
    prefixes = declared(data, reader.format_of_file(path))
    return ImportableDocument(click.format_filename(path), quads, addresses, prefixes)


def _read(path: Path, base_iri: str) -> ImportableDocument:
    data = read_bytes(path)
    quads = reader.parse(data, reader.format_of_file(path), str(path), base_iri=base_iri)
    return importable(path, data, quads, base_iri)

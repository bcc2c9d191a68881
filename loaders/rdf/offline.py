"""Copies of documents in a folder, for ``owl:imports``: nothing is fetched, and nothing outside the folder is read.

A copy is listed in the table ``imports.csv`` of the folder, with the columns ``iri`` and ``file``, or it is named after
its IRI: that of ``http://data.europa.eu/eli/ontology#`` is ``data.europa.eu/eli/ontology.ttl``. A document that is
listed without a file is left out.
"""

from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from loaders import tables
from loaders.errors import InputError
from loaders.rdf.reader import EXTENSIONS

TABLE: Final = "imports.csv"


class OfflineImports:
    """The copies in a folder by the IRIs of their documents, with or without a last ``#`` or ``/``.

    Raises :class:`InputError` for a table that cannot be read or lists an IRI twice.
    """

    def __init__(self, folder: Path) -> None:
        self._folder: Final = folder.resolve()
        self._listed: Final[dict[str, tables.Row]] = {}
        table = self._folder / TABLE
        for row in tables.rows(self._inside(table), ("iri", "file")) if table.exists() else ():
            if self._listed.setdefault(row["iri"].rstrip("#/"), row) is not row:
                raise row.error("iri", "is listed twice; keep one row")

    def leaves_out(self, iri: str) -> bool:
        """Tell whether the table lists a document without a copy."""
        row = self._listed.get(iri.rstrip("#/"))
        return row is not None and not row["file"]

    def path(self, iri: str) -> Path | None:
        """Return the copy of the document with an IRI, if there is one.

        Raises :class:`InputError` for a copy outside the folder, and for one that is listed but does not exist.
        """
        row = self._listed.get(iri.rstrip("#/"))
        if row is None:
            return next((self._inside(one) for one in self._named_after(iri) if one.is_file()), None)
        copy = self._inside(self._folder / row["file"])
        if not copy.is_file():
            raise row.error("file", f"there is no such file in {self._folder}")
        return copy

    def _named_after(self, iri: str) -> list[Path]:
        try:
            split = urlsplit(iri)
        except ValueError:
            return []
        segments = [split.netloc.lower(), *split.path.strip("/").split("/")] if split.netloc else []
        if split.path.strip("/") == "":
            segments = segments[:1]
        if not segments or split.query or any(one in {"", ".", ".."} or set(one) & set("\\:\0") for one in segments):
            return []
        named = self._folder.joinpath(*segments)
        return [
            *([named] if named.suffix.lower() in EXTENSIONS else []),
            *(Path(f"{named}{one}") for one in EXTENSIONS),
        ]

    def _inside(self, path: Path) -> Path:
        if not path.resolve().is_relative_to(self._folder):
            raise InputError(str(path), None, None, f"is not inside {self._folder}; copy the file into that folder")
        return path

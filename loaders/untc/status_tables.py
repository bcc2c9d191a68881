"""Status tables of the United Nations Treaty Collection (UNTC), read into participation actions.

A table is a CSV file named after the number of its treaty in *Multilateral Treaties Deposited with the
Secretary-General* (MTDSG): ``4-11-c.csv`` holds treaty IV-11-c. One column names the participant, the others hold
dates. Every cell that is not blank becomes an action (:mod:`loaders.untc.actions`) or a
:class:`~loaders.errors.Rejection`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pyoxigraph import Literal, NamedNode, Quad

from loaders.errors import InputError, Rejection
from loaders.tables import Row, rows
from loaders.untc.actions import PARTICIPANT, Action, ParticipantNames, action_quads, assign_iris, read_cells
from ontology import iris
from ontology.terms import DCTERMS, ELI, FOAF, OPSC, RDF, SKOS

SOURCE: Final = "untc-2015"

_FOLDER: Final = "treaties"
_INDEX: Final = "index.csv"
_INDEX_COLUMNS: Final = ("chapter_no", "treaty_no", "treaty_name", "url")
_TABLE_NAME: Final = re.compile(r"(?P<chapter>[1-9][0-9]?)-(?P<treaty>[0-9]+[a-z0-9-]*)")


@dataclass(frozen=True)
class StatusTables:
    """The quads and rejections of one or more status tables, with the numbers of cells.

    ``cells`` counts the cells with text outside the participant column, ``blank`` those without. Raises
    ``ValueError`` unless each of the ``cells`` became either an action or a rejection.
    """

    quads: list[Quad]
    rejections: list[Rejection]
    tables: int
    cells: int
    blank: int
    actions: int

    def __post_init__(self) -> None:
        if self.cells != self.actions + len(self.rejections):
            counts = f"{self.cells} cells, {self.actions} actions, {len(self.rejections)} rejections"
            raise ValueError(f"cells are unaccounted for: {counts}")


def load_status_tables(
    path: Path,
    participants: Mapping[str, NamedNode],
    instruments: Mapping[str, NamedNode] | None = None,
    *,
    source_id: str = SOURCE,
    graph: NamedNode | None = None,
) -> StatusTables:
    """Read a status table, or all those of a folder, or of its ``treaties`` sub-folder.

    Args:
        path: A CSV file or a folder; ``index.csv`` beside the tables, or one folder up from ``treaties``, gives titles
            and addresses.
        participants: The IRI of each participant by its names, as
            ``loaders.curated.participation.participants.iris_by_name`` gives them.
        instruments: The IRIs of instruments that the graph already describes, by MTDSG number (``IV-11-c``). Others are
            described by the quads, as ``eli/mtdsg-iv-11-c``.
        source_id: The id of the source of the actions.
        graph: The named graph to put the quads in; by default the one of the source.

    Raises:
        InputError: A file cannot be read as a table, is not named after a treaty, or there is none.
    """
    source, graph = iris.source(source_id), graph or iris.graph(f"source/{source_id}")
    files = _table_files(path)
    index = _read_index(files[0].resolve().parent)
    names, known = ParticipantNames(participants), instruments or {}
    quads: list[Quad] = []
    cells: list[Action | Rejection | None] = []
    for file in files:
        number = mtdsg_number(file)
        if number not in known:
            quads.extend(_description(number, index.get(number), source, graph))
        cells.extend(read_cells(rows(file, [PARTICIPANT]), known.get(number, _instrument(number)), names))
    return _status_tables(cells, quads, source, graph, len(files))


def _status_tables(
    cells: list[Action | Rejection | None], quads: list[Quad], source: NamedNode, graph: NamedNode, tables: int
) -> StatusTables:
    rejections = [cell for cell in cells if isinstance(cell, Rejection)]
    actions = 0
    for found in assign_iris(cell for cell in cells if isinstance(cell, Action)):
        if isinstance(found, Rejection):
            rejections.append(found)
        else:
            actions += 1
            quads.extend(action_quads(*found, source, graph))
    blank = cells.count(None)
    rejections.sort(key=lambda rejection: (rejection.file, rejection.row))
    return StatusTables(quads, rejections, tables, len(cells) - blank, blank, actions)


def mtdsg_number(file: Path) -> str:
    """Return the treaty's number in the MTDSG from the name of its table: ``4-11-c.csv`` gives ``IV-11-c``."""
    match = _TABLE_NAME.fullmatch(file.stem)
    if match is None:
        raise InputError(
            str(file),
            None,
            None,
            "the file name does not give the treaty number; rename it, for example to 4-11-c.csv for IV-11-c",
        )
    return f"{_roman(int(match['chapter']))}-{match['treaty']}"


def _roman(number: int) -> str:
    tens, units = divmod(number, 10)
    tens_letters = ("", "X", "XX", "XXX", "XL", "L", "LX", "LXX", "LXXX", "XC")
    return tens_letters[tens] + ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")[units]


def _table_files(path: Path) -> list[Path]:
    if not path.exists():
        raise InputError(str(path), None, None, "does not exist; give a CSV file or a folder of CSV files")
    if not path.is_dir():
        return [path]
    folder = path / _FOLDER if (path / _FOLDER).is_dir() else path
    files = sorted(file for file in folder.glob("*.csv") if file.name != _INDEX)
    if not files:
        raise InputError(str(path), None, None, "contains no status tables; give a CSV file or a folder of CSV files")
    return files


def _read_index(folder: Path) -> dict[str, Row]:
    """Return the rows of the index of treaties by MTDSG number; empty without an index."""
    places = (folder, folder.parent) if folder.name == _FOLDER else (folder,)
    file = next((place / _INDEX for place in places if (place / _INDEX).is_file()), None)
    if file is None:
        return {}
    return {_index_number(row): row for row in rows(file, _INDEX_COLUMNS)}


def _index_number(row: Row) -> str:
    if re.fullmatch(r"[1-9][0-9]?", row["chapter_no"]) is None:
        raise row.error("chapter_no", "is not the number of a chapter, such as 4")
    return f"{_roman(int(row['chapter_no']))}-{row['treaty_no'].replace('.', '-')}"


def _instrument(number: str) -> NamedNode:
    return iris.instrument(f"mtdsg-{number.lower()}")


def _description(number: str, entry: Row | None, source: NamedNode, graph: NamedNode) -> Iterator[Quad]:
    treaty = _instrument(number)
    for instrument_class in (OPSC.Treaty, OPSC.Instrument, ELI.LegalResource):
        yield Quad(treaty, RDF.type, instrument_class, graph)
    yield Quad(treaty, OPSC.mtdsgNumber, Literal(number), graph)
    yield Quad(treaty, DCTERMS.source, source, graph)
    if entry and entry["treaty_name"]:
        title = Literal(" ".join(entry["treaty_name"].split()), language="en")
        yield Quad(treaty, DCTERMS.title, title, graph)
        yield Quad(treaty, SKOS.prefLabel, title, graph)
    if entry and entry["url"]:
        yield Quad(treaty, FOAF.page, _page(entry), graph)


def _page(entry: Row) -> NamedNode:
    try:
        return NamedNode(entry["url"])
    except ValueError as error:
        raise entry.error("url", f"is not an IRI: {error}") from error

"""Citations of provisions, such as ``opsc 3(1)(a)``: the key of an instrument and the provision as lawyers cite it."""

from pyoxigraph import NamedNode

from loaders.curated.cells import cell_values
from loaders.tables import Row
from ontology import iris


def cited_provisions(row: Row, column: str) -> list[NamedNode]:
    """Return the provisions that the cell lists as ``{instrument} {provision}``, separated by semicolons."""
    return [_cited(row, column, citation) for citation in cell_values(row, column)]


def cited_provisions_of(row: Row, column: str, instrument: str) -> list[NamedNode]:
    """Return the provisions of ``instrument`` that the cell lists without the instrument, separated by semicolons."""
    return [provision(row, column, instrument, reference) for reference in cell_values(row, column)]


def provision(row: Row, column: str, instrument: str, reference: str) -> NamedNode:
    """Return the IRI of a provision; a malformed ``reference`` raises ``InputError``."""
    try:
        return iris.provision(instrument, reference)
    except ValueError as error:
        raise row.error(column, str(error)) from error


def _cited(row: Row, column: str, citation: str) -> NamedNode:
    instrument, space, reference = citation.partition(" ")
    if not space:
        raise row.error(column, f"'{citation}' is not a citation of a provision; write, for example, opsc 3(1)(a)")
    return provision(row, column, instrument, reference.strip())

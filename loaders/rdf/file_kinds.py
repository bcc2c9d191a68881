"""Names files that are not RDF by how they begin, and says what to do with them.

Archives, office documents, PDF and images begin with fixed bytes; web pages, tables and other syntaxes of RDF are told
by their text. Nothing is unpacked.
"""

import csv
import re
from typing import Final

from pyoxigraph import RdfFormat

HEAD: Final = 65_536
TABLES: Final = frozenset({".csv", ".tsv"})

_TO_CSV: Final = "save the sheet as CSV in UTF-8; 'opsc load untc' converts status tables of the UN Treaty Collection"
_AS_TEXT: Final = "write the data as RDF, for example as Turtle"
_TABLE: Final = (
    "is a table (CSV), not RDF; 'opsc load untc' converts status tables of the UN Treaty Collection; convert any other "
    "table to RDF first"
)
_HTML: Final = "is an HTML page, not RDF; get the data themselves, for example with the header 'Accept: text/turtle'"
_WORKBOOK: Final = f"is an Excel workbook, not RDF; {_TO_CSV}"

_BEGINNINGS: Final = (
    (b"\x1f\x8b", "is compressed with gzip; unpack it first, for example with gunzip"),
    (b"BZh", "is compressed with bzip2; unpack it first"),
    (b"\xfd7zXZ\0", "is compressed with xz; unpack it first"),
    (b"\x28\xb5\x2f\xfd", "is compressed with zstd; unpack it first"),
    (b"7z\xbc\xaf\x27\x1c", "is a 7z archive; unpack it, and give the RDF files in it"),
    (b"Rar!\x1a\x07", "is a RAR archive; unpack it, and give the RDF files in it"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", f"is a file of an older Office version, not RDF; {_TO_CSV}"),
    (b"%PDF-", f"is a PDF document, not RDF; {_AS_TEXT}"),
    (b"{\\rtf", f"is an RTF document, not RDF; {_AS_TEXT}"),
    (b"\x89PNG\r\n", f"is an image, not RDF; {_AS_TEXT}"),
    (b"\xff\xd8\xff", f"is an image, not RDF; {_AS_TEXT}"),
)
_ZIP: Final = b"PK\x03\x04"
# The names of files in a ZIP archive are not compressed.
_IN_ZIP: Final = (
    (b"xl/", _WORKBOOK),
    (b"application/vnd.oasis.opendocument.spreadsheet", f"is a spreadsheet (OpenDocument), not RDF; {_TO_CSV}"),
    (b"word/", f"is a Word document, not RDF; {_AS_TEXT}"),
    (b"application/vnd.oasis.opendocument.text", f"is a text document (OpenDocument), not RDF; {_AS_TEXT}"),
)
_ARCHIVE: Final = "is a ZIP archive; unpack it, and give the RDF files in it"

_BLANK: Final = re.compile(rb"(?:\xef\xbb\xbf)?(?:\s|<\?xml[^>]*>|<!--.*?-->)*+", re.DOTALL)
_PAGE: Final = re.compile(rb"<!doctype\s+html|<html[\s>]", re.IGNORECASE)
_XML: Final = re.compile(rb"<\?xml\s|<rdf:RDF[\s>]")
_TURTLE: Final = re.compile(rb"@prefix\s|@base\s|prefix\s+[\w-]*:\s*<|base\s+<", re.IGNORECASE)
_JSON: Final = re.compile(rb'\{\s*"|\[\s*\{\s*"')
_LINE_FORMATS: Final = (RdfFormat.N_TRIPLES, RdfFormat.N_QUADS)
_LINES: Final = 5


def recognized(data: bytes, *, tables: bool = True) -> str | None:
    """Return what a file is that begins with ``data`` and is not RDF, and what to do; ``None`` if nothing is known.

    Without ``tables``, CSV is not looked for: only lines that look alike tell it.
    """
    found = next((reason for beginning, reason in _BEGINNINGS if data.startswith(beginning)), None)
    if found is None and data.startswith(_ZIP):
        found = next((reason for name, reason in _IN_ZIP if name in data), _ARCHIVE)
    if found is None and data[257:262] == b"ustar":
        found = "is a tar archive; unpack it, and give the RDF files in it"
    if found is None and is_page(data):
        found = _HTML
    return found or (_TABLE if tables and _is_table(data) else None)


def table() -> str:
    """Return what to do with a table."""
    return _TABLE


def is_page(data: bytes) -> bool:
    """Tell whether a file is an HTML page."""
    return _PAGE.match(_content(data)) is not None


def other_syntax(data: bytes, rdf_format: RdfFormat) -> str | None:
    """Return in which other syntax of RDF a file is that is not in ``rdf_format``; ``None`` if nothing is known."""
    content = _content(data)
    if rdf_format != RdfFormat.RDF_XML and (_XML.match(data.lstrip(b"\xef\xbb\xbf \r\n")) or _XML.match(content)):
        return f"is XML, not {rdf_format.name}; if it is RDF/XML, name it *.rdf or send it as application/rdf+xml"
    if rdf_format != RdfFormat.JSON_LD and _JSON.match(content):
        return f"is JSON, not {rdf_format.name}; if it is JSON-LD, name it *.jsonld or send it as application/ld+json"
    if rdf_format in (*_LINE_FORMATS, RdfFormat.JSON_LD, RdfFormat.RDF_XML) and _TURTLE.match(content):
        return f"is Turtle, not {rdf_format.name}; name it *.ttl or send it as text/turtle"
    return None


def _content(data: bytes) -> bytes:
    """Return how a file begins after a byte order mark, white space, an XML declaration and comments."""
    head = data[:HEAD]
    blank = _BLANK.match(head)
    return head[blank.end() :] if blank else head


def _is_table(data: bytes) -> bool:
    """Tell whether the first lines have equally many cells; none ends as in Turtle, and the first has no IRI."""
    text = data[:HEAD].decode("utf-8", "replace").removeprefix("\ufeff")
    lines = [line for line in text.splitlines() if line.strip()][:_LINES]
    if len(lines) < 2 or set(lines[0]) & set("<@#[{:") or any(line.rstrip()[-1] in ".;" for line in lines):  # noqa: PLR2004
        return False
    return any(_cells(lines, separator) for separator in ",;\t")


def _cells(lines: list[str], separator: str) -> bool:
    try:
        numbers = {len(row) for row in csv.reader(lines, delimiter=separator)}
    except csv.Error:
        return False
    return len(numbers) == 1 and numbers.pop() > 1

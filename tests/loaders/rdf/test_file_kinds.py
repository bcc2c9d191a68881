"""Files that are not RDF, or in another syntax than they claim, and characters that editors write instead of syntax."""

# ruff: noqa: RUF001 - characters that look alike are what is tested

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from pathlib import Path

import pytest
from pyoxigraph import RdfFormat

from loaders.errors import InputError
from loaders.rdf import reader

PREFIX = "@prefix ex: <http://example.org/> .\n"
TURTLE = f"{PREFIX}ex:a ex:p 1 .\n".encode()
CSV = b"State,Signature,Ratification\nNorway,13 Jun 2000,2 Oct 2001\nChad,3 May 2002,28 Aug 2002\n"
HTML = b'<!DOCTYPE html>\n<html lang="en"><body>Treaties</body></html>'


def zipped(*names: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, "application/vnd.oasis.opendocument.spreadsheet" if name == "mimetype" else "<x/>")
    return content.getvalue()


def stored(name: str, content: str) -> bytes:
    archive_bytes = io.BytesIO()
    with zipfile.ZipFile(archive_bytes, "w") as archive:
        archive.writestr(name, content)
    return archive_bytes.getvalue()


def tarred() -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        member = tarfile.TarInfo("data.ttl")
        member.size = len(TURTLE)
        archive.addfile(member, io.BytesIO(TURTLE))
    return content.getvalue()


KINDS = {
    "gzip": (gzip.compress(TURTLE), "is compressed with gzip; unpack it first"),
    "bzip2": (bz2.compress(TURTLE), "is compressed with bzip2"),
    "xz": (lzma.compress(TURTLE), "is compressed with xz"),
    "zip": (zipped("data.ttl"), "is a ZIP archive; unpack it, and give the RDF files in it"),
    "tar": (tarred(), "is a tar archive"),
    "xlsx": (zipped("[Content_Types].xml", "xl/workbook.xml"), "is an Excel workbook, not RDF; save the sheet as CSV"),
    "docx": (zipped("[Content_Types].xml", "word/document.xml"), "is a Word document, not RDF"),
    "ods": (stored("mimetype", "application/vnd.oasis.opendocument.spreadsheet"), "is a spreadsheet (OpenDocument)"),
    "xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), "is a file of an older Office version"),
    "pdf": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", "is a PDF document, not RDF"),
    "pdf in ASCII": (b"%PDF-1.4\n1 0 obj\n", "is a PDF document, not RDF"),
    "png": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "is an image"),
    "html": (HTML, "is an HTML page, not RDF; get the data themselves"),
    "html after a comment": (b"\xef\xbb\xbf<!-- saved -->\n<HTML>\n<head>", "is an HTML page"),
    "csv": (CSV, "is a table (CSV), not RDF; 'opsc load untc' converts status tables"),
    "csv of Excel": (b"\xef\xbb\xbf" + CSV.replace(b",", b";"), "is a table (CSV)"),
    "quoted csv": (b'"State","Signature"\r\n"Congo, Democratic Republic of","2000"\r\n', "is a table (CSV)"),
    "tsv": (CSV.replace(b",", b"\t"), "is a table (CSV)"),
}


def refusal(data: bytes, rdf_format: RdfFormat = RdfFormat.TURTLE) -> InputError:
    with pytest.raises(InputError) as refused:
        reader.parse(data, rdf_format, "notes.ttl")
    return refused.value


@pytest.mark.parametrize("rdf_format", reader.MEDIA_TYPES.values(), ids=reader.MEDIA_TYPES)
@pytest.mark.parametrize(("data", "reason"), KINDS.values(), ids=KINDS)
def test_what_is_not_rdf_is_named_with_the_remedy(data: bytes, reason: str, rdf_format: RdfFormat) -> None:
    assert str(refusal(data, rdf_format)).startswith(f"notes.ttl: {reason}")


@pytest.mark.parametrize("name", ["book.xlsx", "dump.ttl.gz", "table.csv", "table.TSV", "page.html", "notes"])
def test_a_file_with_another_extension_is_looked_at(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    contents = {".xlsx": KINDS["xlsx"][0], ".gz": KINDS["gzip"][0], ".html": HTML, "": KINDS["pdf"][0]}
    path.write_bytes(contents.get(path.suffix, b"one cell"))
    with pytest.raises(InputError, match=r"an Excel workbook|with gzip|is a table|an HTML page|is a PDF"):
        reader.format_of_file(path)
    path.write_bytes(TURTLE)
    with pytest.raises(
        InputError, match="is a table" if path.suffix.lower() in {".csv", ".tsv"} else "rename the file"
    ):
        reader.format_of_file(path)


@pytest.mark.parametrize(
    ("data", "rdf_format", "reason"),
    [
        (TURTLE, RdfFormat.N_TRIPLES, "is Turtle, not N-Triples; name it *.ttl or send it as text/turtle"),
        (TURTLE, RdfFormat.JSON_LD, "is Turtle, not JSON-LD"),
        (b'{"@id": "http://e/a"}', RdfFormat.TURTLE, "is JSON, not Turtle; if it is JSON-LD, name it *.jsonld"),
        (b'<?xml version="1.0"?>\n<a/>', RdfFormat.TURTLE, "is XML, not Turtle; if it is RDF/XML, name it *.rdf"),
    ],
)
def test_another_syntax_is_named(data: bytes, rdf_format: RdfFormat, reason: str) -> None:
    assert refusal(data, rdf_format).reason.startswith(reason)


@pytest.mark.parametrize(
    ("text", "place", "reason"),
    [
        ("ex:a ex:p “Note”@en .", "2:11", "'“' (left double quotation mark, U+201C) cannot stand here; write \""),
        ('ex:a ex:p "Note”@en .\nex:a ex:p 2 .', "2:16", "'”' (right double quotation mark, U+201D) cannot stand"),
        ("ex:a ex:p „Note“ .", "2:11", "'„' (double low-9 quotation mark, U+201E) cannot stand here; write \""),
        (
            "ex:a ex:p ‹http://e/b› .",
            "2:11",
            "'‹' (single left-pointing angle quotation mark, U+2039) cannot stand here",
        ),
        ("ex:a\u00a0ex:p 1 .", "2:5", "no-break space, U+00A0 cannot stand here; write an ordinary space"),
        ("ex:a ex:p \u200bex:b .", "2:11", "zero width space, U+200B cannot stand here; delete it"),
        ("\ufeffex:a ex:p ex:b .", "2:1", "zero width no-break space, U+FEFF cannot stand here; delete it"),
        (
            "ex:a dct:title 1 .",
            "2:6",
            "The prefix dct: has not been declared; begin the file with @prefix dct: <http://purl",
        ),
        ("ex:a my:title 1 .", "2:6", "The prefix my: has not been declared; begin the file with @prefix my: <...> ."),
        (
            "<a> ex:p 1 .",
            "2:1",
            "the IRI 'a' is relative and there is no base IRI; write an absolute IRI, or give a base",
        ),
    ],
)
def test_what_an_editor_writes_is_told_at_its_place(text: str, place: str, reason: str) -> None:
    for data in (text.encode(), text.encode() + b"\r\n"):
        assert str(refusal(PREFIX.encode() + data)).startswith(f"notes.ttl:{place}: {reason}")


@pytest.mark.parametrize(
    "data",
    [
        'ex:a ex:p "x", "y"\nex:b ex:p "z", "w"\n',
        "ex:a ex:p 1\n",
        f'{PREFIX}ex:a ex:p "“quoted”" .\nex:b ex:p\n',
        f"{PREFIX}ex:a ex:p 1 ; ex:q\n2,3\n4,5\n",
    ],
)
def test_mistakes_in_turtle_are_not_taken_for_another_kind(data: str) -> None:
    error = refusal(data.encode())
    assert error.line is not None
    assert "not RDF" not in error.reason
    assert "cannot stand" not in error.reason


def test_quotation_marks_in_literals_and_pages_in_them_are_data() -> None:
    assert len(reader.parse(f'{PREFIX}ex:a ex:p "“x”\u00a0<html>", "a,b" .'.encode(), RdfFormat.TURTLE, "n.ttl")) == 2


def test_a_page_in_xml_is_not_read_as_rdf_xml() -> None:
    page = b'<html xmlns="http://www.w3.org/1999/xhtml"><body/></html>'
    assert refusal(page, RdfFormat.RDF_XML).reason.startswith("is an HTML page")

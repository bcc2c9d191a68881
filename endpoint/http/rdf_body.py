"""Reads RDF that is sent: as the body of a request, or as parts of ``multipart/form-data`` (RFC 7578).

Bytes stay as they came; nothing is decoded, decompressed or written to disk here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Final

from flask import request
from werkzeug.datastructures import Headers
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.http import parse_options_header
from werkzeug.sansio.multipart import Data, Epilogue, Field, File, MultipartDecoder, NeedData

from endpoint.http.problems import Problem
from graph.validation import EXTENSIONS, MEDIA_TYPES, Document
from loaders.rdf import file_kinds

MULTIPART: Final = "multipart/form-data"
BODY: Final = "body"

_MOST_PARTS: Final = 50
_LONGEST_NAME: Final = 100
_UTF_8: Final = frozenset({"", "utf-8", "utf8", "us-ascii"})
_UNNAMED: Final = frozenset({"", "application/octet-stream", "text/plain"})


@dataclass(frozen=True)
class Part:
    """A document, and the name of the form field that it was sent in: ``data`` for a body of RDF."""

    field: str
    document: Document


def read_uncompressed(most: int) -> bytes:
    """Return the body of the request as it came.

    Raises ``RequestEntityTooLarge`` for more than ``most`` bytes, and ``Problem`` for one that is compressed.
    """
    encoding = request.headers.get("Content-Encoding", "").strip().lower()
    if encoding not in {"", "identity"}:
        raise Problem("media-type-unsupported", "send the request body without compression")
    return read(most)


def read(most: int) -> bytes:
    """Return the body of the request, however it is encoded.

    Raises ``RequestEntityTooLarge`` for more than ``most`` bytes, and ``Problem`` for one that was cut on its
    way: the server below passes on what came before the connection ended.
    """
    # One more than is allowed: a body without a length would otherwise be cut at the limit without an error.
    request.max_content_length = most + 1
    content = request.get_data(cache=False)
    if len(content) > most:
        raise RequestEntityTooLarge
    if request.content_length is not None and len(content) < request.content_length:
        raise Problem("request-invalid", "the body is shorter than its Content-Length")
    return content


def documents(content_type: str, content: bytes) -> list[Part]:
    """Return the documents in a request body; raise ``Problem`` for one whose type or form is not understood."""
    media_type, options = parse_options_header(content_type)
    if media_type.strip().lower() != MULTIPART:
        return [Part("data", _located(document(content_type, content, BODY), request.headers))]
    boundary = options.get("boundary", "").encode("latin-1", "replace")
    if not boundary:
        raise Problem("request-invalid", f"the Content-Type header has {MULTIPART} without a boundary")
    try:
        return [_part(headers, data, name) for headers, data, name in _parts(content, boundary)]
    except ValueError as error:
        raise Problem("request-invalid", "the parts of the body are not well-formed") from error


def single_document(parts: Sequence[Part]) -> Document:
    """Return the one document that was sent; raise ``Problem`` when there are more, or others."""
    if len(parts) != 1 or parts[0].field != "data":
        raise Problem("data-missing", "send one document: RDF as the body, or as a single part named 'data'")
    return parts[0].document


def document(content_type: str, data: bytes, name: str) -> Document:
    """Return ``data`` as a document of the type that ``content_type`` names; raise ``Problem`` for another."""
    media_type, options = parse_options_header(content_type.lower())
    if media_type not in MEDIA_TYPES:
        known = ", ".join(MEDIA_TYPES)
        kind = file_kinds.recognized(data)
        if kind is not None:
            raise Problem("media-type-unsupported", f"{name}: {kind}")
        reason = f"'{media_type[:_LONGEST_NAME]}' is not RDF" if media_type else "its format is not specified"
        raise Problem("media-type-unsupported", f"{name}: {reason}; send one of {known}")
    if options.get("charset", "").lower() not in _UTF_8:
        raise Problem("media-type-unsupported", f"{name}: send it in UTF-8")
    return Document(data, media_type, name)


def _parts(content: bytes, boundary: bytes) -> Iterator[tuple[Headers, bytes, tuple[str, str]]]:
    decoder = MultipartDecoder(boundary, max_parts=_MOST_PARTS)
    decoder.receive_data(content)
    decoder.receive_data(None)
    headers, name, data = Headers(), ("", ""), bytearray()
    while not isinstance(event := decoder.next_event(), Epilogue):
        match event:
            case NeedData():
                raise Problem("request-invalid", "the body ends before its last part is complete")
            case Field() | File():
                file_name = event.filename if isinstance(event, File) else ""
                headers, name, data = event.headers, (event.name or "", file_name), bytearray()
            case Data():
                data += event.data
                if not event.more_data:
                    yield headers, bytes(data), name


def _part(headers: Headers, data: bytes, name: tuple[str, str]) -> Part:
    field, file_name = name
    shown = _shown(file_name) or _shown(field) or "part"
    content_type = headers.get("Content-Type", "")
    # curl and browsers do not know the extensions of RDF, and then say that a file is any bytes.
    if parse_options_header(content_type.lower())[0] in _UNNAMED:
        content_type = EXTENSIONS.get(PurePosixPath(shown).suffix.lower(), content_type)
    return Part(field, _located(document(content_type, data, shown), headers))


def _located(given: Document, headers: Headers) -> Document:
    """Return a document with the base that ``Content-Location`` states (RFC 3986, section 5.1.2)."""
    return replace(given, base_iri=headers.get("Content-Location"))


def _shown(name: str) -> str:
    """Return the last segment of a file name, in a form fit for reports and messages."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(character for character in last if character.isprintable())[:_LONGEST_NAME].strip()

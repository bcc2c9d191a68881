"""Checks of RDF files before they are parsed.

RDF/XML must not declare a document type, since entities can expand without bound and refer to files. The nesting of
JSON-LD, RDF/XML and triple terms is limited: at great depth pyoxigraph overflows its stack, which ends the process, or
takes time quadratic in the depth.
"""

import re
from codecs import BOM_UTF8
from collections.abc import Iterable
from typing import Final
from xml.parsers import expat

from pyoxigraph import RdfFormat

from loaders.errors import InputError

DEEPEST: Final = 200

_JSON_BRACKET: Final = re.compile(rb'"(?:[^"\\]|\\.)*+"?|(?P<opens>[\[{])|(?P<closes>[\]}])', re.DOTALL)
_XML_ENCODING: Final = re.compile(rb"""\s*<\?xml\b[^>]*?\bencoding\s*=\s*["'](?P<name>[^"']*)""")
_UTF_8: Final = frozenset({b"utf-8", b"utf8"})
_TRIPLE_BRACKET: Final = re.compile(rb"(?P<opens><<)|(?P<closes>>>)")


def check(data: bytes, rdf_format: RdfFormat, file: str) -> None:
    """Raise :class:`InputError` when ``data``, the content of ``file``, must not be parsed."""
    if rdf_format == RdfFormat.RDF_XML:
        _check_xml(data, file)
    elif rdf_format == RdfFormat.JSON_LD:
        _check_depth(data, _JSON_BRACKET.finditer(data), file)
    elif data.count(b"<<") > DEEPEST:
        _check_depth(data, _TRIPLE_BRACKET.finditer(data), file)


def _check_depth(data: bytes, brackets: Iterable[re.Match[bytes]], file: str) -> None:
    depth = 0
    for bracket in brackets:
        if bracket["opens"]:
            depth += 1
        elif bracket["closes"]:
            depth = max(depth - 1, 0)
        if depth > DEEPEST:
            raise _too_deep(file, data.count(b"\n", 0, bracket.start()) + 1)


def _too_deep(file: str, line: int) -> InputError:
    reason = f"is nested more than {DEEPEST} levels deep; flatten the nested nodes"
    return InputError(file, line, None, reason, "too-deep")


def _check_encoding(data: bytes, file: str) -> None:
    """Refuse an XML declaration with another encoding than the bytes have, which were decoded as UTF-8 before."""
    declared = _XML_ENCODING.match(data.removeprefix(BOM_UTF8))
    if declared is not None and declared["name"].lower() not in _UTF_8:
        name = ascii(declared["name"][:40].decode("utf-8", "replace"))[1:-1]
        reason = f"declares the encoding '{name}'; save the file in UTF-8, and declare that"
        raise InputError(file, 1, None, reason, "wrong-encoding")


def _check_xml(data: bytes, file: str) -> None:
    """Check ``data`` with expat, which reports positions of errors, and calls back before it reads a declaration."""
    _check_encoding(data, file)
    parser = expat.ParserCreate("utf-8")
    depth = 0

    def refuse_doctype(*_: object) -> None:
        reason = "has a DOCTYPE, which is not allowed; remove it and expand its entities"
        raise InputError(file, parser.CurrentLineNumber, None, reason, "doctype")

    def descend(*_: object) -> None:
        nonlocal depth
        depth += 1
        if depth > DEEPEST:
            raise _too_deep(file, parser.CurrentLineNumber)

    def ascend(_: str) -> None:
        nonlocal depth
        depth -= 1

    parser.StartDoctypeDeclHandler = refuse_doctype
    parser.StartElementHandler = descend
    parser.EndElementHandler = ascend
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        reason = f"is not well-formed XML: {expat.ErrorString(error.code)}"
        raise InputError(file, error.lineno, error.offset + 1, reason) from error
    except (ValueError, LookupError) as error:
        reason = f"is not well-formed XML: {' '.join(str(error).split())}"
        raise InputError(file, parser.CurrentLineNumber, None, reason) from error

"""The characters of XML 1.0 (https://www.w3.org/TR/xml/#charsets): XML has no form for any other, escaped or not."""

import re
from typing import Final

_CONTROLS: Final = bytes({*range(0x20)} - {*b"\t\n\r"})
_NONCHARACTERS: Final = ("\ufffe".encode(), "\uffff".encode())
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def is_xml_text(text: str) -> bool:
    """Return whether XML can hold every character of ``text``."""
    return _NOT_XML.search(text) is None


def is_xml_document(document: bytes) -> bool:
    """Return whether XML can hold every character of ``document``, which is encoded in UTF-8."""
    # Much faster than to decode and search a large document.
    return len(document.translate(None, _CONTROLS)) == len(document) and not any(
        one in document for one in _NONCHARACTERS
    )


def escape_carriage_returns(document: bytes) -> bytes:
    """Return ``document`` so that parsers see carriage returns (https://www.w3.org/TR/xml/#sec-line-ends)."""
    return document.replace(b"\r", b"&#13;")


def replace_non_xml(text: str) -> str:
    """Return ``text`` with U+FFFD REPLACEMENT CHARACTER for each character that XML cannot hold."""
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)

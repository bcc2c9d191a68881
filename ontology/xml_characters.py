"""The characters of XML 1.0 (https://www.w3.org/TR/xml/#charsets): XML has no form for any other, escaped or not."""

import re
from typing import Final

_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def is_xml_text(text: str) -> bool:
    """Return whether XML can hold every character of ``text``."""
    return _NOT_XML.search(text) is None


def replace_non_xml(text: str) -> str:
    """Return ``text`` with U+FFFD REPLACEMENT CHARACTER for each character that XML cannot hold."""
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)

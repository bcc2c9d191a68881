"""Redaction: no bearer token of this project appears in a response or in the log."""

import re
from typing import Final

PREFIX: Final = "opsc_"
"""The characters that every token begins with."""

_TOKEN: Final = re.compile(rf"(?<![A-Za-z0-9_-]){PREFIX}[A-Za-z0-9_-]{{43}}(?![A-Za-z0-9_-])")


def redact(text: str) -> str:
    """Return ``text`` with everything that looks like a token of this project replaced."""
    return _TOKEN.sub(f"{PREFIX}[redacted]", text) if PREFIX in text else text

"""Patterns as XPath reads them."""

import re

import pytest

from shapes.xsd.patterns import compiled


@pytest.mark.parametrize(
    ("pattern", "flags", "text", "found"),
    [
        ("^[A-Z]{3}$", "", "NOR", True),
        ("^[A-Z]{3}$", "", "NOR\n", False),
        ("^a$", "m", "b\na\nc", True),
        ("^$", "m", "a\n", False),
        ("a.b", "", "a\nb", False),
        ("a.b", "", "a\rb", False),
        ("a.b", "s", "a\nb", True),
        ("a b c", "x", "abc", True),
        ("a[ ]b", "x", "a b", True),
        ("a.b", "q", "axb", False),
        ("a.b", "q", "a.b", True),
        ("A", "i", "a", True),
        (r"\$", "", "$", True),
        ("[$^.]", "", ".", True),
        ("[$^.]", "", "a", False),
        (r"[\]$]", "", "$", True),
        ("[^]$]", "", "$", False),
    ],
)
def test_a_pattern_finds(pattern: str, flags: str, text: str, found: bool) -> None:
    assert (compiled(pattern, flags).search(text) is not None) is found


@pytest.mark.parametrize(("pattern", "flags"), [("(", ""), ("a", "g"), (r"\p{L}", "")])
def test_what_is_no_pattern_is_refused(pattern: str, flags: str) -> None:
    with pytest.raises(re.error):
        compiled(pattern, flags)

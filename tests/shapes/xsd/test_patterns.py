"""Patterns as XPath reads them."""

import re
import warnings

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
        (r"^\p{L}+$", "", "Côte", True),
        (r"^\p{L}+$", "", "a1", False),
        (r"^\p{Lu}\P{Lu}$", "", "Éa", True),
        (r"^\p{Lu}\P{Lu}$", "", "ÉA", False),
        (r"^[\p{L}\p{Nd} ]+$", "", "عقد 12", True),
        (r"^[^\p{L}]+$", "", "12-3", True),
        (r"^[^\p{L}]+$", "", "12a", False),
        (r"^[\P{L}]+$", "", "12a", False),
        (r"^\i\c*$", "", "xml:lang", True),
        (r"^\i\c*$", "", "1a", False),
        (r"^[\c-[.]]+$", "", "a.b", False),
        ("^[a-z-[aeiou]]+$", "", "bcd", True),
        ("^[a-z-[aeiou]]+$", "", "bad", False),
        (r"^[\w-[\d_]]+$", "", "a1", False),
        ("^[a[b]+$", "", "[a", True),
        ("^[a&&b||c~~d]+$", "", "&|~", True),
        ("^[a-]$", "", "-", True),
    ],
)
def test_a_pattern_finds(pattern: str, flags: str, text: str, found: bool) -> None:
    assert (compiled(pattern, flags).search(text) is not None) is found


@pytest.mark.parametrize(
    ("pattern", "flags"),
    [
        ("(", ""),
        ("a", "g"),
        (r"\p{Latin}", ""),
        (r"\p{IsGreek}", ""),
        (r"\p{}", ""),
        (r"\pL", ""),
        ("[a", ""),
        ("[a-z-[b]c]", ""),
        ("[]", ""),
        ("a\\", ""),
        ("[a\\", ""),
        ("*", ""),
        ("a{2,1}", ""),
    ],
)
def test_what_is_no_pattern_is_refused(pattern: str, flags: str) -> None:
    with pytest.raises(re.error):
        compiled(pattern, flags)


@pytest.mark.parametrize("pattern", ["[[a]", "[a&&b]", "[a||b]", "[a~~b]"])
def test_a_pattern_gives_no_warning(pattern: str) -> None:
    compiled.cache_clear()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        compiled(pattern)

"""The text of SPARQL queries in shapes: tokens, and the pre-binding of variables."""

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from re import Match
from typing import Final

NOTHING: Final = re.compile(r"(?!)")
_TOKEN: Final = re.compile(
    r"""(?P<skip>\s+|\#[^\n\r]*)|<[^<>"{}|^`\\\s]*>
      |\"{3}(?:(?!\"{3})[^\\]|\\.)*\"{3}|'{3}(?:(?!'{3})[^\\]|\\.)*'{3}|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'
      |[?$]\w+|(?:_|[A-Za-z][\w.-]*)?:[\w.%:-]*|[A-Za-z]\w*|\d+|.""",
    re.VERBOSE | re.DOTALL,
)


def matches(query: str) -> Iterator[Match[str]]:
    """Yield the tokens of a query with their places, without white space and comments."""
    return (match for match in _TOKEN.finditer(query) if match["skip"] is None)


def tokens(query: str) -> list[str]:
    """Return the tokens of a query, without white space and comments."""
    return [match.group() for match in matches(query)]


def variables(query: str) -> set[str]:
    """Return the names of the variables in a query."""
    return {token[1:] for token in tokens(query) if token[0] in "?$"}


def pre_bound(query: str, bindings: Mapping[str, str]) -> str:
    """Return a query with variables pre-bound (SHACL, appendix A): every group sees their values.

    By the semantics of SPARQL a nested group, such as ``{ FILTER(bound($this)) }``, sees no variable of the group
    around it. So each group begins with the pattern of each variable in ``bindings`` that the query names.
    """
    found = list(matches(query))
    named = variables(query)
    patterns = " ".join(pattern for variable, pattern in bindings.items() if variable in named)
    text, end = "", 0
    for match, following in pairwise(found):
        if match.group() == "{" and following.group().upper() != "SELECT":
            text += f"{query[end : match.end()]} {patterns} "
            end = match.end()
    return text + query[end:]

"""The terminals of SPARQL end where its grammar says, in every version of Python."""

import pytest

from graph.sparql import lexer


@pytest.mark.parametrize(
    ("text", "terminals"),
    [
        ("p:q.", ["p:q", "."]),
        ("p:q..r.", ["p:q..r", "."]),
        ("p:q\\-.", ["p:q\\-", "."]),
        ("_:b.1.", ["_:b.1", "."]),
        ("a.b:c.", ["a.b:c", "."]),
        ('"a"@en-GB .', ['"a"', "@en-GB", "."]),
        ('"a"@en-$x', ['"a"', "@en", "-", "$x"]),
        ('"""a\n"b" .""" .', ['"""a\n"b" ."""', "."]),
        ("'''it''s\\''''", ["'''it''s\\''''"]),
        ('"""""" .', ['""""""', "."]),
    ],
)
def test_a_terminal_ends_where_the_grammar_says(text: str, terminals: list[str]) -> None:
    assert [token.text for token in lexer.tokens(text)] == terminals

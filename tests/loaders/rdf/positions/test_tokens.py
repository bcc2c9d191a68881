"""The tokens of Turtle end where its grammar says, in every version of Python."""

import pytest

from loaders.rdf.positions.tokens import TOKEN


@pytest.mark.parametrize(
    ("text", "kind", "token"),
    [
        ('"""a\n"b" ."""', "quoted", '"""a\n"b" ."""'),
        ('"""""" .', "quoted", '""""""'),
        ("'''it''s''' .", "quoted", "'''it''s'''"),
        ('"""a\\""" b""" .', "quoted", '"""a\\""" b"""'),
        ('"""a""\\"b""" .', "quoted", '"""a""\\"b"""'),
        ("ex:a.", "name", "ex:a"),
        ("ex:a..b..", "name", "ex:a..b"),
        ("ex:a%20b.%", "name", "ex:a%20b"),
        ("a.b:c.", "name", "a.b:c"),
        ("_:b.1.", "node", "_:b.1"),
    ],
)
def test_a_token_ends_where_the_grammar_says(text: str, kind: str, token: str) -> None:
    match = TOKEN.match(text)
    assert match is not None
    assert match[kind] == token

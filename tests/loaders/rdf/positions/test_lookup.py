"""Positions are where a reader finds the triple, in every legal layout, or there are none."""

import time
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Triple
from pyoxigraph import parse as parse_rdf

from loaders.rdf import reader
from loaders.rdf.positions import statement_parser
from loaders.rdf.positions.lookup import Position, Positions, positions
from loaders.rdf.positions.statement_parser import StatementParserError
from ontology.terms import RDF, SH, XSD
from tests.generated import cases
from tests.loaders.rdf.positions.layouts import Author

TURTLE = RdfFormat.TURTLE
X = "@prefix : <x:> .\n"


def x(name: str) -> NamedNode:
    return NamedNode(f"x:{name}")


def integer(text: str) -> Literal:
    return Literal(text, datatype=XSD.integer)


def located(text: str, rdf_format: RdfFormat = TURTLE) -> Positions:
    return positions(text.encode(), rdf_format, "file")


def place(position: Position | None) -> tuple[int, int] | None:
    return None if position is None else (position.line, position.column)


@pytest.mark.parametrize(
    ("text", "predicate", "value", "at"),
    [
        ("<x:s> <x:p> <x:o> .", x("p"), x("o"), (1, 13)),
        (X + ":s :p\n  :o .", x("p"), x("o"), (3, 3)),
        ("PREFIX a: <x:> prefix b: <x:>\na:s b:p 'é𝄞', 'o' .", x("p"), Literal("o"), (2, 15)),
        ("@base <x://e/a/b> .\n<x:s> <p> <../o> .", NamedNode("x://e/a/p"), NamedNode("x://e/o"), (2, 11)),
        (X + ":s :p 1 ; :q 2 .", x("q"), integer("2"), (2, 14)),
        (X + ":s a :T, true .", RDF.type, Literal("true", datatype=XSD.boolean), (2, 10)),
        (X + ':s :p """a\n"b" .""" .\n:s :q 1.5e3.', x("q"), Literal("1.5e3", datatype=XSD.double), (4, 7)),
        (X + '# :s :p "o" .\n:s :p # "o"\n "o"@EN .', x("p"), Literal("o", language="en"), (4, 2)),
        ('<x:s> <x:p> "\\u00e9\\n" .', x("p"), Literal("é\n"), (1, 13)),
        ("<x:s> <x:p> <x:\\u0041> .", x("p"), x("A"), (1, 13)),
        ("@prefix a.b: <x:> . a.b:s a.b:p a.b:o.1\\~%20 .", x("p"), x("o.1~%20"), (1, 33)),
        ("@prefix : <y:> . @prefix : <x:> . :s :p :o .", x("p"), x("o"), (1, 41)),
        (X + ":s :p 1 .\r:s :p 2 .\r\n:s :p 3 .", x("p"), integer("3"), (4, 7)),
        (X + ":s :p ( ).", x("p"), RDF.nil, (2, 7)),
        (X + ':s :p [ :q ( "a" ) ] .', x("none"), None, None),
    ],
)
def test_a_triple_is_found_where_its_value_stands(
    text: str, predicate: NamedNode, value: NamedNode | Literal | None, at: tuple[int, int] | None
) -> None:
    assert place(located(text).of_triple(x("s"), predicate, value or RDF.nil)) == at


@settings(max_examples=cases(300), deadline=None)
@given(st.data(), st.sampled_from([RdfFormat.TURTLE, RdfFormat.TRIG]))
def test_random_statements_in_random_layouts_are_found_where_they_stand(data: st.DataObject, form: RdfFormat) -> None:
    author = Author(data, form)
    author.write()
    quads = reader.parse(author.text.encode(), form, "file")
    found = located(author.text, form)
    for quad in quads:
        assert found.of_triple(quad.subject, quad.predicate, quad.object), author.text
    for predicate, values in author.values.items():
        written = [quad for quad in quads if quad.predicate == predicate]
        places = {place(found.of_triple(quad.subject, predicate, quad.object)) for quad in written}
        terms = {quad.object: quad.subject for quad in written}
        expected = set()
        for number, (term, start) in enumerate(values):
            if term is None:
                labels = [other for other, at in values[:number] if other is None and author.text[at] == "_"]
                if not (labels and author.text[start] == "_"):
                    expected.add(author.place(start))
            elif term not in [other for other, _ in values[:number]]:
                assert place(found.of_triple(terms[term], predicate, term)) == author.place(start), author.text
                expected.add(author.place(start))
        assert places == expected, author.text
        (subject,) = {quad.subject for quad in written}
        if isinstance(subject, BlankNode) and author.text[author.subjects[predicate]] in "[(":
            assert place(found.of_subject(subject)) == author.place(author.subjects[predicate]), author.text


TERMS = st.sampled_from(["<x:a>", "<x:b>", "_:c", "_:d.e"])
VALUES = st.one_of(TERMS, st.sampled_from(['"a b"', '"\\"<x:a>\\\\"', '""', '"\\u00E9"@en-GB', '"1"^^<x:d>', '"a#b"']))


@settings(max_examples=cases(100), deadline=None)
@given(
    st.lists(
        st.tuples(TERMS, st.sampled_from(["<x:p>", "<x:q>"]), VALUES, st.sampled_from(["", "<x:g>", "_:g"])), min_size=1
    ),
    st.sampled_from(["\n", "\r\n", '\n# comment . "\n', "\n\n"]),
    st.booleans(),
)
def test_lines_of_n_quads_are_found_where_they_stand(
    rows: list[tuple[str, str, str, str]], end: str, named: bool
) -> None:
    form = RdfFormat.N_QUADS if named else RdfFormat.N_TRIPLES
    lines = [" ".join([*row[: 4 if named else 3], "."]) for row in rows]
    text = end.join(lines) + end
    found = located(text, form)
    for number, quad in enumerate(reader.parse(text.encode(), form, "file")):
        first = next(place for place, row in enumerate(rows) if row[:3] == rows[number][:3])
        line = 1 + first * end.count("\n")
        column = 3 + len(" ".join(rows[first][:2]))
        assert place(found.of_triple(quad.subject, quad.predicate, quad.object)) == (line, column - 1)
        assert found.of_subject(quad.subject) is not None


def test_a_subject_is_where_something_is_first_said_about_it() -> None:
    found = located(X + ":a :p :b .\n  :b :p :c .\n:b :q :d .")
    assert place(found.of_subject(x("b"))) == (3, 3)
    assert found.of_subject(x("c")) is None


def test_the_end_is_the_column_after_the_last_character() -> None:
    position = located(X + ':s :p """a\nb"""@en .').of_triple(x("s"), x("p"), Literal("a\nb", language="en"))
    assert position == Position("file", 2, 7, 3, 8)
    assert str(position) == "file:2:7"
    assert located("<x:subject> <x:p> 1 .").of_subject(x("subject")) == Position("file", 1, 1, 1, 12)


@dataclass(frozen=True)
class Finding:
    focus_node: NamedNode | BlankNode | Literal
    path: NamedNode | BlankNode | None
    value: NamedNode | BlankNode | Literal | None
    component: NamedNode


@pytest.mark.parametrize(
    ("path", "value", "component", "at"),
    [
        (x("p"), integer("2"), SH.DatatypeConstraintComponent, (2, 10)),
        (x("p"), integer("7"), SH.MaxInclusiveConstraintComponent, (2, 13)),
        (x("p"), None, SH.MaxCountConstraintComponent, (2, 7)),
        (x("p"), None, SH.MinCountConstraintComponent, (2, 1)),
        (x("q"), None, SH.MinCountConstraintComponent, (2, 1)),
        (x("q"), x("o"), SH.ClassConstraintComponent, (2, 1)),
        (BlankNode("path"), x("o"), SH.ClassConstraintComponent, (2, 1)),
        (None, x("s"), SH.NodeKindConstraintComponent, (2, 1)),
    ],
)
def test_a_finding_is_at_its_triple_or_at_the_thing_that_lacks_one(
    path: NamedNode | BlankNode | None, value: NamedNode | Literal | None, component: NamedNode, at: tuple[int, int]
) -> None:
    found = located(X + ":s :p 1, 2, 07 .")
    assert place(found.of(Finding(x("s"), path, value, component))) == at
    assert found.of(Finding(x("elsewhere"), path, value, component)) is None


def test_a_finding_about_what_is_only_mentioned_is_where_it_is_first_mentioned() -> None:
    found = located(X + ":a :p [ :q :b ] .\n:c :p :b .")
    assert place(found.of_value(x("b"))) == (2, 12)
    assert place(found.of(Finding(x("b"), x("q"), None, SH.MinCountConstraintComponent))) == (2, 12)
    assert found.of_value(x("c")) is None


def test_positions_in_several_files_are_looked_up_together() -> None:
    one = positions(b"<x:a> <x:p> <x:b> .", TURTLE, "one.ttl")
    two = positions(b"\n<x:c> <x:p> <x:b> .", TURTLE, "two.ttl")
    none = positions(b'{"@id": "x:d", "x:p": "e"}', "application/ld+json", "three.jsonld")
    both = Positions.merged([one, two, none])
    assert both.files == ("one.ttl", "two.ttl", "three.jsonld")
    assert [str(both.of_subject(x(name))) for name in "acd"] == ["one.ttl:1:1", "two.ttl:2:1", "None"]


def test_where_the_two_readings_disagree_there_is_no_position(monkeypatch: pytest.MonkeyPatch) -> None:
    text = X + ":a :p :b . :c :p :d ."
    statements = list(statement_parser.StatementParser(text).statements())
    wrong = [statements[0], statements[1]._replace(object=x("other"))]
    monkeypatch.setattr(statement_parser.StatementParser, "statements", lambda _self: iter(wrong))
    assert place(located(text).of_subject(x("a"))) == (2, 1)
    assert located(text).of_subject(x("c")) is None
    monkeypatch.setattr(statement_parser.StatementParser, "statements", lambda _self: iter(wrong[:1]))
    assert located(text).of_subject(x("a")) is None


@settings(max_examples=cases(200), deadline=None)
@given(st.text(st.sampled_from("ab:<>\"'\\.;,[](){}#@^ \n1_"), max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        statements = list(statement_parser.StatementParser(text, "x://base/").statements())
    except StatementParserError:
        statements = []
    try:
        triples = list(parse_rdf(text, format=RdfFormat.TRIG, base_iri="x://base/"))
    except SyntaxError:
        return
    assert len(statements) == len(triples) or any(isinstance(quad.object, Triple) for quad in triples), text


@pytest.mark.timing
def test_the_time_grows_with_the_text_and_no_faster() -> None:
    def cost(count: int) -> float:
        text = X + "".join(f':s{n} :p {n}, [ :q ("a" {n}) ] ; :r "x"^^:d .\n' for n in range(count)) + " \n" * count
        data = text.encode()
        begun = time.process_time()
        positions(data, TURTLE, "file")
        return time.process_time() - begun

    cost(100)
    assert cost(16_000) < 8 * 2 * cost(2_000) + 0.1

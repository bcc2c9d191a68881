"""Random statements written in random legal layouts of Turtle and TriG, with the places where they stand."""

from collections.abc import Sequence
from typing import Final, TypeVar

from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, RdfFormat

from ontology.rdf import Term
from ontology.terms import RDF, XSD

T = TypeVar("T")

EX: Final = "https://example.org/"
_GAPS: Final = ["", "", " ", "\n", "\t ", "\r\n", ' # a . [ "\n', "#'''<x>\r"]
_STRINGS: Final = st.text(st.sampled_from("ab \"'\\.;,[](){}#<>@^:\n\r\té𝄞"), max_size=6)
_LOCAL_NAMES: Final = [
    ("a", "a"),
    ("b.c", "b.c"),
    ("é:1", "é:1"),
    ("0", "0"),
    (r"g\~h", "g~h"),
    ("%41", "%41"),
    ("", ""),
]
_SHORT: Final = [
    ("( )", RDF.nil),
    ("true ", Literal("true", datatype=XSD.boolean)),
    ("1 ", Literal("1", datatype=XSD.integer)),
    ("-2.50 ", Literal("-2.50", datatype=XSD.decimal)),
    (".5 ", Literal(".5", datatype=XSD.decimal)),
    ("1.e1 ", Literal("1.e1", datatype=XSD.double)),
    ("+.5E-3 ", Literal("+.5E-3", datatype=XSD.double)),
]


class Author:
    """Writes statements, and notes for each predicate, which is written once, the places of its subject and values.

    ``values`` has an entry for each value: its term, or ``None`` where that is a blank node or the head of a list.
    """

    def __init__(self, data: st.DataObject, rdf_format: RdfFormat) -> None:
        self._data = data
        self._format = rdf_format
        self.text = ""
        self.values: dict[NamedNode, list[tuple[Term | None, int]]] = {}
        self.subjects: dict[NamedNode, int] = {}

    def write(self) -> None:
        self._put("@prefix ex: <https://example.org/> ." + self._one_of(["\n", " ", ""]))
        self._put(self._one_of([f"PREFIX : <{EX}> ", f"@prefix : <{EX}>.", f"prefix :<{EX}>"]))
        self._put(self._one_of([f"@base <{EX}base>.", f"base<{EX}base>"]))
        for _ in range(self._number(4)):
            if self._format == RdfFormat.TRIG and self._chance():
                self._block()
            else:
                self._statement(".")

    def place(self, offset: int) -> tuple[int, int]:
        """Return the line and column of an offset."""
        before = self.text[:offset].replace("\r\n", " \n").replace("\r", "\n")
        return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1

    def _one_of(self, choices: Sequence[T]) -> T:
        return self._data.draw(st.sampled_from(choices))

    def _chance(self) -> bool:
        return self._data.draw(st.booleans())

    def _number(self, most: int) -> int:
        return self._data.draw(st.integers(0, most))

    def _put(self, text: str) -> None:
        self.text += text

    def _gap(self) -> None:
        self._put(self._one_of(_GAPS))

    def _block(self) -> None:
        self._gap()
        self._put(self._one_of(["", "GRAPH ex:g ", "ex:g", "graph _:g", "[]", "GRAPH[ ]", "<g>"]))
        self._gap()
        self._put("{")
        count = self._number(2)
        for number in range(count):
            self._statement(self._one_of(["", "."]) if number == count - 1 else ".")
        self._gap()
        self._put("}")

    def _statement(self, end: str) -> None:
        self._gap()
        start = len(self.text)
        kind = self._one_of(["iri", "label", "anonymous", "described", "collection"])
        if kind == "described":
            self._described(2)
        elif kind == "collection":
            self._collection(2)
        else:
            self._put({"iri": self._iri()[0], "label": "_:b.1 ", "anonymous": "[ ]"}[kind])
        if kind != "described" or self._chance():
            self._properties(start, 2)
        self._gap()
        self._put(end)

    def _properties(self, subject: int, depth: int) -> None:
        for number in range(1 + self._number(1)):
            if number:
                self._gap()
                self._put(self._one_of([";", ";;", "; ;"]))
            self._gap()
            predicate = NamedNode(f"{EX}p{len(self.values)}")
            self.values[predicate] = []
            self.subjects[predicate] = subject
            self._put(self._one_of([f" ex:{predicate.value[len(EX) :]} ", f"<{predicate.value}>"]))
            for place in range(1 + self._number(2)):
                self._gap()
                self._put(", " if place else "")
                start = len(self.text)
                self.values[predicate].append((self._value(depth), start))
        self._put(self._one_of(["", "", " ;"]))

    def _value(self, depth: int) -> Term | None:
        kinds = ["iri", "label", "string", "short", "anonymous", "described", "collection"]
        match self._one_of(kinds if depth else kinds[:-2]):
            case "described":
                self._described(depth - 1)
            case "collection":
                self._collection(depth - 1)
            case "label" | "anonymous" as kind:
                self._put({"label": "_:b.1 ", "anonymous": "[\n]"}[kind])
            case "string":
                return self._string()
            case "iri":
                text, iri = self._iri()
                self._put(text)
                return iri
            case _:
                text, term = self._one_of(_SHORT)
                self._put(text)
                return term
        return None

    def _described(self, depth: int) -> None:
        start = len(self.text)
        self._put("[")
        self._properties(start, depth)
        self._gap()
        self._put("]")

    def _collection(self, depth: int) -> None:
        self._put("(")
        for _ in range(1 + self._number(2)):
            self._gap()
            self._value(depth)
            # Two strings side by side may read as the beginning of one with three quotes.
            self._put(" " if self.text[-1] in "\"'" else "")
        self._gap()
        self._put(")")

    def _iri(self) -> tuple[str, NamedNode]:
        text, local = self._one_of(_LOCAL_NAMES)
        forms = [
            (f"ex:{text} ", local),
            (f":{text} ", local),
            ("<rel/../%C3>", "%C3"),
            ("<#>", "base#"),
            ("<\\u0061>", "a"),
        ]
        written, name = self._one_of(forms)
        return written, NamedNode(EX + name)

    def _string(self) -> Literal:
        lexical = self._data.draw(_STRINGS)
        quote = self._one_of(['"', "'", '"""', "'''"])
        if len(quote) == 3 and self._chance():
            # Quotes inside, none of them escaped and none at the end.
            lexical += quote[0] * self._number(2) + "a"
            escaped = lexical.replace("\\", "\\U0000005C").replace(quote, quote[:2] + "\\" + quote[0])
        else:
            escaped = lexical.replace("\\", "\\\\").replace(quote[0], "\\" + quote[0])
        if len(quote) == 1:
            escaped = escaped.replace("\n", "\\n").replace("\r", "\\u000D")
        suffix, kind = self._one_of(
            [("", None), ("@en-GB ", "en-gb"), ("^^ex:d ", "ex:d"), (" ^^ <d>", "ex:d"), ("# c\n@en ", "en")]
        )
        self._put(f"{quote}{escaped}{quote}{suffix}")
        if kind is None:
            return Literal(lexical)
        return Literal(lexical, datatype=NamedNode(EX + "d")) if kind == "ex:d" else Literal(lexical, language=kind)

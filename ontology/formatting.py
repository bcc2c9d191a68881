"""The layout of the project's Turtle documents: one term a paragraph, in reading order, prefixes at the top.

``python -m ontology.formatting FILE...`` writes the files anew; with ``--check`` it only names those that differ.
"""

import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from pyoxigraph import Literal, NamedNode, RdfFormat, Triple, parse

from ontology.iris import BASE
from ontology.terms import OPSC, OWL, RDF, RDFS, SKOS, XSD

WIDTH: Final = 120

_KINDS: Final = (
    OWL.Ontology,
    OWL.Class,
    OWL.ObjectProperty,
    OWL.DatatypeProperty,
    OWL.AnnotationProperty,
)
_FIRST_PREDICATES: Final = (
    RDF.type,
    RDFS.subClassOf,
    RDFS.subPropertyOf,
    OWL.inverseOf,
    OWL.disjointWith,
    RDFS.domain,
    RDFS.range,
    OPSC.valuesFrom,
    SKOS.inScheme,
    SKOS.topConceptOf,
    SKOS.broader,
    SKOS.notation,
    OPSC.ordinal,
    SKOS.prefLabel,
    SKOS.altLabel,
    SKOS.definition,
    SKOS.scopeNote,
    SKOS.example,
    OPSC.negativeExample,
)
_BARE_LITERALS: Final = {XSD.boolean: re.compile("true|false"), XSD.integer: re.compile(r"[+-]?\d+")}
_LOCAL_NAME: Final = re.compile(r"(?:\w(?:[\w-]*\w)?)?", re.ASCII)
_COMMENT: Final = re.compile(
    r"""<[^<>\s]*> | \"{3}.*?\"{3} | '{3}.*?'{3} | "(?:\\.|[^"\\])*" | '(?:\\.|[^'\\])*' | (\#)""",
    re.DOTALL | re.VERBOSE,
)
_ESCAPES: Final = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n", "\r": r"\r", "\t": r"\t"})


_Description = Mapping[NamedNode, Sequence[NamedNode | Literal]]


class FormattingError(ValueError):
    """A Turtle document that cannot be laid out without losing something of it."""


def formatted(turtle: str, name: str = "input") -> str:
    """Return ``turtle`` laid out anew: the same triples, in UTF-8 text that ends in one line break.

    Terms come in reading order: header, classes, properties, schemes, then concepts and other things; within each the
    project's own first, concepts below their scheme, by ``opsc:ordinal`` where there is one, else by IRI. Unused
    prefixes are dropped. Raises :class:`FormattingError`, naming the document by ``name``, for a syntax error, for a
    comment (which a graph cannot keep) and for a blank node (which has no place in a release).
    """
    _refuse_comments(turtle, name)
    parser = parse(turtle, RdfFormat.TURTLE)
    try:
        triples = {quad.triple for quad in parser}
    except SyntaxError as error:
        raise FormattingError(f"{name}:{error.lineno}: {error.msg}") from error
    layout = _Layout(parser.prefixes, name)
    paragraphs = layout.paragraphs(triples)
    prefixes = [f"@prefix {prefix}: <{parser.prefixes[prefix]}> ." for prefix in sorted(layout.used_prefixes)]
    return "\n".join(["\n".join(prefixes) + "\n", *paragraphs])


def _refuse_comments(turtle: str, name: str) -> None:
    for match in _COMMENT.finditer(turtle):
        if match.group(1):
            line = turtle.count("\n", 0, match.start()) + 1
            raise FormattingError(f"{name}:{line}: formatting would lose this comment; write it as skos:note")


class _Layout:
    """The Turtle of terms with one document's prefixes; it remembers which prefixes it used."""

    def __init__(self, prefixes: Mapping[str, str], name: str) -> None:
        self._namespaces = sorted(prefixes.items(), key=lambda item: -len(item[1]))
        self._name = name
        self.used_prefixes: set[str] = set()

    def paragraphs(self, triples: set[Triple]) -> list[str]:
        descriptions: dict[NamedNode, dict[NamedNode, list[NamedNode | Literal]]] = {}
        for triple in triples:
            subject, value = triple.subject, triple.object
            if not isinstance(subject, NamedNode) or not isinstance(value, NamedNode | Literal):
                raise FormattingError(f"{self._name}: {triple} has a blank node; give it an IRI")
            descriptions.setdefault(subject, {}).setdefault(triple.predicate, []).append(value)
        order = sorted(descriptions, key=lambda subject: _reading_order(subject, descriptions[subject]))
        return [self._paragraph(subject, descriptions[subject]) for subject in order]

    def _paragraph(self, subject: NamedNode, description: _Description) -> str:
        lines = [self._statement(predicate, description[predicate]) for predicate in sorted(description, key=_rank)]
        return f"{self._iri(subject)}\n" + " ;\n".join(lines) + " .\n"

    def _statement(self, predicate: NamedNode, values: Sequence[NamedNode | Literal]) -> str:
        verb = "a" if predicate == RDF.type else self._iri(predicate)
        objects = [self._term(value) for value in sorted(values, key=_object_order)]
        line = f"  {verb} {', '.join(objects)}"
        if len(objects) == 1 or len(line) <= WIDTH - len(" ;"):
            return line
        return f"  {verb}\n    " + ",\n    ".join(objects)

    def _term(self, term: NamedNode | Literal) -> str:
        return self._iri(term) if isinstance(term, NamedNode) else self._literal(term)

    def _iri(self, node: NamedNode) -> str:
        for prefix, namespace in self._namespaces:
            local = node.value.removeprefix(namespace)
            if local != node.value and _LOCAL_NAME.fullmatch(local):
                self.used_prefixes.add(prefix)
                return f"{prefix}:{local}"
        return f"<{node.value}>"

    def _literal(self, literal: Literal) -> str:
        bare = _BARE_LITERALS.get(literal.datatype)
        if bare and bare.fullmatch(literal.value):
            return literal.value
        quoted = f'"{literal.value.translate(_ESCAPES)}"'
        if literal.language:
            return f"{quoted}@{literal.language}"
        return quoted if literal.datatype == XSD.string else f"{quoted}^^{self._iri(literal.datatype)}"


def _reading_order(subject: NamedNode, description: _Description) -> tuple[int, bool, str, int, str]:
    types = description.get(RDF.type, ())
    kind = next((rank for rank, kind in enumerate(_KINDS) if kind in types), len(_KINDS))
    scheme = subject if SKOS.ConceptScheme in types else next(iter(description.get(SKOS.inScheme, ())), None)
    ordinals = [int(value.value) for value in description.get(OPSC.ordinal, ())]
    place = -1 if scheme == subject else min(ordinals, default=sys.maxsize)
    return kind, not subject.value.startswith(BASE), scheme.value if scheme else "", place, subject.value


def _rank(predicate: NamedNode) -> tuple[int, str]:
    first = _FIRST_PREDICATES.index(predicate) if predicate in _FIRST_PREDICATES else len(_FIRST_PREDICATES)
    return first, predicate.value


def _object_order(term: NamedNode | Literal) -> tuple[bool, str, str]:
    language = term.language or "" if isinstance(term, Literal) else ""
    return language != "en", language, term.value


def main(arguments: Sequence[str]) -> int:
    """Format the files named in ``arguments``, or with ``--check`` only compare them; name those that differed.

    Returns the exit code: 0, or 1 where ``--check`` found a difference. Raises :class:`FormattingError` for what cannot
    be formatted and ``OSError`` for what cannot be read or written.
    """
    check = "--check" in arguments
    differing = []
    for path in (Path(argument) for argument in arguments if argument != "--check"):
        before = path.read_text(encoding="utf-8")
        after = formatted(before, str(path))
        if after != before:
            differing.append(path)
            if not check:
                path.write_text(after, encoding="utf-8")
    verdict = "not formatted; run python -m ontology.formatting on it" if check else "formatted"
    sys.stdout.writelines(f"{path}: {verdict}\n" for path in differing)
    return 1 if check and differing else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (FormattingError, OSError) as error:
        sys.exit(str(error))

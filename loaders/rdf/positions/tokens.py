"""The tokens of Turtle, TriG, N-Triples and N-Quads, and their terms.

The grammar is that of https://www.w3.org/TR/turtle/#sec-grammar. The tokens are for text that a parser has already
accepted; they do not detect errors.
"""

import re
from re import Match
from typing import Final

from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Triple, parse

from ontology.rdf import Term
from ontology.terms import XSD

_BASE: Final = (
    "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d\u2070-\u218f\u2c00-\u2fef"
    "\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_FIRST: Final = _BASE + "_0-9"
_CHARS: Final = _BASE + r"_\-0-9\u00b7\u0300-\u036f\u203f\u2040"
_ESCAPE: Final = r"%[0-9A-Fa-f]{2}|\\."
# Before Python 3.11.5 a possessive group loses its place when an iteration fails after a repeat or a lookaround in it
# (https://github.com/python/cpython/issues/106052). So a group is atomic, (?>...), or its iterations fail at a single
# character; the second form is for literals, since an atomic group takes memory for each iteration.
_SPACE: Final = r"(?:[ \t\r\n]++|\#[^\r\n]*+)*+"
_IRI: Final = r"<[^<>\"\s]*+>"
_PREFIX: Final = rf"(?:[{_BASE}](?>(?:\.*+[{_CHARS}])*))?:"
_NAME: Final = rf"{_PREFIX}(?:(?:[{_FIRST}:]|{_ESCAPE})(?>(?:\.*+(?:[{_CHARS}:]|{_ESCAPE}))*))?"
_QUOTED: Final = (
    r'"""(?:[^"\\]++|\\.|"[^"\\]|""[^"\\]|"\\.|""\\.)*+"""'
    r"|'''(?:[^'\\]++|\\.|'[^'\\]|''[^'\\]|'\\.|''\\.)*+'''"
    r'|"(?:[^"\\]++|\\.)*+"'
    r"|'(?:[^'\\]++|\\.)*+'"
)

TOKEN: Final = re.compile(
    rf"""{_SPACE}(?:
      (?P<mark>\.(?![0-9])|[;,\[\](){{}}])
    | (?P<iri>{_IRI})
    | (?P<name>{_NAME})
    | (?P<node>_:[{_FIRST}](?>(?:\.*+[{_CHARS}])*))
    | (?P<literal>(?P<quoted>{_QUOTED})
        (?:{_SPACE}\^\^{_SPACE}(?P<datatype>{_IRI}|{_NAME})|{_SPACE}@(?P<language>[A-Za-z]+(?:-[A-Za-z0-9]+)*))?)
    | (?P<number>[+-]?(?:[0-9]*\.[0-9]+(?:[eE][+-]?[0-9]+)?|[0-9]+\.?[eE][+-]?[0-9]+|[0-9]+))
    | (?P<prefix>(?:@prefix|(?i:prefix)){_SPACE}(?P<prefix_name>{_PREFIX}){_SPACE}(?P<namespace>{_IRI}))
    | (?P<base>(?:@base|(?i:base)){_SPACE}(?P<base_iri>{_IRI}))
    | (?P<word>[A-Za-z]++)
    | (?P<end>.|\Z)
    )""",
    re.VERBOSE | re.DOTALL,
)

_ABSOLUTE: Final = re.compile(r"<[A-Za-z][A-Za-z0-9+.-]*:(?!.*/\.)[^\\]*>")
_LOCAL_ESCAPE: Final = re.compile(r"\\(.)")


class TermReader:
    """Converts tokens to terms, with the current base and prefixes."""

    def __init__(self, base_iri: str | None) -> None:
        self._base = base_iri
        self._prefixes: dict[str, str] = {}
        self._known: dict[str, Term] = {}

    def declare(self, match: Match[str]) -> None:
        """Declare a prefix or base; ``match`` is a token of one of these kinds."""
        self._known.clear()
        if match["prefix"]:
            self._prefixes[match["prefix_name"][:-1]] = self._iri(match["namespace"]).value
        else:
            self._base = self._iri(match["base_iri"]).value

    def term(self, match: Match[str], kind: str) -> Term:
        """Return the term of a token; raises ``ValueError`` or ``LookupError`` when it has none."""
        token = match[kind]
        known = self._known.get(token)
        if known is None:
            known = self._known[token] = self._read(match, token, kind)
        return known

    def _read(self, match: Match[str], token: str, kind: str) -> Term:
        match kind:
            case "iri" | "name":
                return self._named(token)
            case "node":
                return BlankNode(token[2:])
            case "literal":
                return self._literal(match)
        if token not in ("true", "false") and kind == "word":
            raise ValueError(token)
        return Literal(token, datatype=_shorthand(token))

    def _literal(self, match: Match[str]) -> Literal:
        lexical = _unquoted(match["quoted"])
        if match["language"]:
            return Literal(lexical, language=match["language"].lower())
        return Literal(lexical, datatype=self._named(match["datatype"]) if match["datatype"] else None)

    def _named(self, token: str) -> NamedNode:
        if token.startswith("<"):
            return self._iri(token)
        prefix, _, local = token.partition(":")
        if "\\" in local:
            local = _LOCAL_ESCAPE.sub(r"\1", local)
        return NamedNode(self._prefixes[prefix] + local)

    def _iri(self, token: str) -> NamedNode:
        if _ABSOLUTE.fullmatch(token):
            return NamedNode(token[1:-1])
        read = _parsed(token, self._base)
        if not isinstance(read, NamedNode):
            raise TypeError(token)
        return read


def _shorthand(token: str) -> NamedNode:
    if token in ("true", "false"):
        return XSD.boolean
    if "e" in token or "E" in token:
        return XSD.double
    return XSD.decimal if "." in token else XSD.integer


def _unquoted(token: str) -> str:
    if "\\" in token:
        return _parsed(token, None).value
    quotes = 3 if token[:3] in ('"""', "'''") else 1
    return token[quotes:-quotes]


def _parsed(token: str, base_iri: str | None) -> Term:
    """Return the term of one token as pyoxigraph parses it, with the same escapes and relative IRIs."""
    (quad,) = parse(f"<x:s> <x:p> {token} .", format=RdfFormat.TURTLE, base_iri=base_iri)
    term: Term | Triple = quad.object
    if isinstance(term, Triple):
        raise TypeError(token)
    return term

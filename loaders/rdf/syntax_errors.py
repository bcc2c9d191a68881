"""Says what is wrong in RDF, and what to write instead, from an error of the parser and the text at its place."""

import re
import textwrap
import unicodedata
from typing import Final

from pyoxigraph import RdfFormat

from ontology.terms import DCTERMS, PREFIXES

_LONGEST_REASON: Final = 300
_PLACE: Final = re.compile(r"Parser error (?:at|between) .*?: ")
_UNDECLARED: Final = re.compile(r"The prefix (.*): has not been declared")
_KNOWN: Final = {
    "dc": "http://purl.org/dc/elements/1.1/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "geo": "http://www.opengis.net/ont/geosparql#",
    **PREFIXES,
    "dct": DCTERMS.iri,
}
_BASES: Final = {RdfFormat.RDF_XML: "xml:base", RdfFormat.JSON_LD: "@base in its @context"}
_STRING: Final = re.compile(r'"[^"\n]*?(?P<end>[\u201c-\u201f\u00ab\u00bb])')
_ANGLES: Final = frozenset("\u2039\u203a\u27e8\u27e9")
# By the Unicode category of the character.
_REMEDIES: Final = {
    "Pi": 'write "',
    "Pf": 'write "',
    "Ps": 'write "',
    "Zs": "write an ordinary space",
    "Cf": "delete it, as it is invisible",
    "Pd": "write -",
}


def explain(error: SyntaxError, content: str | bytes, rdf_format: RdfFormat) -> tuple[str, str, int | None]:
    """Return reason, code and column of an error that the parser found in ``content``."""
    reason = textwrap.shorten(_PLACE.sub("", error.msg, count=1), _LONGEST_REASON, placeholder=" ...")
    rest = _rest_of_line(error, content)
    if "LoadDocumentCallback" in reason:
        advice = "uses a remote @context, which is never fetched; include the context in the file"
        return advice, "remote-context", error.offset
    if "No scheme found in an absolute IRI" in reason:
        quoted = re.search(r"'(.*)'", reason) or re.match(r"<([^>]*)>", rest)
        return relative(quoted[1] if quoted else None, rdf_format), "relative-iri", error.offset
    if (advice_on_character := _character(rest[:1])) is not None:
        return advice_on_character, "malformed", error.offset
    string = _STRING.match(rest)
    if string is not None and error.offset and ("end of file" in reason or "Line jumps" in reason):
        return _character(string["end"]) or reason, "malformed", error.offset + string.start("end")
    if (undeclared := _UNDECLARED.search(reason)) is not None:
        namespace = _KNOWN.get(undeclared[1], "...")
        line = f"@prefix {undeclared[1]}: <{namespace}> ."
        return f"{undeclared[0]}; begin the file with {line}", "malformed", error.offset
    return reason, "malformed", error.offset


def relative(iri: str | None, rdf_format: RdfFormat) -> str:
    """Return the reason for which a relative IRI cannot be used, and what to write."""
    subject = "an IRI" if iri is None else f"the IRI '{textwrap.shorten(iri, _LONGEST_REASON, placeholder=' ...')}'"
    if rdf_format in (RdfFormat.N_TRIPLES, RdfFormat.N_QUADS):
        return f"{subject} is relative; write an absolute IRI"
    base = _BASES.get(rdf_format, "@base <...> .")
    return (
        f"{subject} is relative and there is no base IRI; write an absolute IRI, or give a base in the file with {base}"
    )


def _rest_of_line(error: SyntaxError, content: str | bytes) -> str:
    """Return the text of a line from the place of an error on."""
    if not error.lineno or not error.offset:
        return ""
    text = content if isinstance(content, str) else content.decode("utf-8", "replace")
    lines = text.split("\n", error.lineno)[error.lineno - 1 : error.lineno]
    return "".join(lines)[error.offset - 1 :].rstrip("\r")


def _character(character: str) -> str | None:
    """Return what is wrong with a character that an editor writes instead of one of the syntax."""
    remedy = _REMEDIES.get(unicodedata.category(character)) if character and not character.isascii() else None
    if remedy is None:
        return None
    name = f"{unicodedata.name(character, 'character').lower()}, U+{ord(character):04X}"
    shown = f"'{character}' ({name})" if character.isprintable() else name
    return f"{shown} cannot stand here; {'write < and >' if character in _ANGLES else remedy}"

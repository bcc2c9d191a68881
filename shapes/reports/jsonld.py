"""A report as RDF in JSON-LD with an embedded context: https://www.w3.org/TR/shacl/#validation-report."""

import io
import json
from typing import Any, Final

from pyoxigraph import RdfFormat, serialize

from ontology.terms import PREFIXES, RDF
from shapes.languages import Language
from shapes.report import Report
from shapes.reports.positions import Positions
from shapes.reports.triples import triples

_CONTEXT: Final = {name: PREFIXES[name] for name in ("rdf", "sh", "xsd")}


def write(report: Report, language: Language, positions: Positions) -> bytes:  # noqa: ARG001
    """Return the report in JSON-LD, with messages in all languages; equal reports give equal text."""
    expanded = io.BytesIO()
    serialize(triples(report), expanded, RdfFormat.JSON_LD)
    nodes = [_compact(node) for node in json.loads(expanded.getvalue())]
    return (json.dumps({"@context": _CONTEXT, "@graph": nodes}, ensure_ascii=False, indent=2) + "\n").encode()


def _compact(node: dict[str, Any]) -> dict[str, Any]:
    """Return a node with ``@type``, compact IRIs, and single values without arrays."""
    types = [_short(kind["@id"]) for kind in node.pop(RDF.type.value, [])]
    compact = {"@id": node.pop("@id"), **({"@type": types} if types else {})}
    return compact | {
        _short(predicate): values[0] if len(values) == 1 else values for predicate, values in node.items()
    }


def _short(iri: str) -> str:
    for name, namespace in _CONTEXT.items():
        if iri.startswith(namespace):
            return f"{name}:{iri.removeprefix(namespace)}"
    return iri

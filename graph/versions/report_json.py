"""Validation reports as the ledger keeps them: whole, so that they can be written in any format at any later time."""

import json
from collections.abc import Mapping
from typing import Any, Final

from pyoxigraph import Quad, RdfFormat, Triple, parse

from ontology.rdf import Term
from shapes.report import Report, Result

_TERMS: Final = ("focus_node", "component", "severity", "source_shape", "path", "value", "source_constraint")


def report_to_json(report: Report) -> str:
    """Return a report as JSON that :func:`report_from_json` reads; terms are written as in N-Triples."""
    content = {
        "results": [
            {
                **{name: str(term) for name in _TERMS if (term := getattr(result, name)) is not None},
                "messages": [str(message) for message in result.messages],
            }
            for result in report.results
        ],
        "details": [f"{quad.triple} ." for quad in report.details],
        "labels": {iri: dict(by_language) for iri, by_language in report.labels.items()},
    }
    return json.dumps(content, ensure_ascii=False)


def report_from_json(text: str) -> Report:
    """Return the report that :func:`report_to_json` wrote."""
    content = json.loads(text)
    return Report(
        tuple(_result(result) for result in content["results"]),
        tuple(_quads("\n".join(content["details"]))),
        {iri: _by_language(label) for iri, label in content["labels"].items()},
    )


def _by_language(label: str | dict[str, str]) -> dict[str, str]:
    """Return labels by language; reports of the first versions of the ledger have the English one alone."""
    return {"en": label} if isinstance(label, str) else label


def _result(stored_result: Mapping[str, Any]) -> Result:
    terms = {name: _term(stored_result[name]) for name in _TERMS if name in stored_result}
    return Result(**terms, messages=tuple(_term(message) for message in stored_result["messages"]))


def _term(text: str) -> Any:  # noqa: ANN401 - each field of a result has the type that it was stored with
    (quad,) = _quads(f"<urn:s> <urn:p> {text} .")
    term: Term | Triple = quad.object
    return term


def _quads(text: str) -> list[Quad]:
    return list(parse(text, RdfFormat.N_TRIPLES))

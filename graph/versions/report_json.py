"""Validation reports as JSON in the ledger: complete, so that any report format can be written from them later."""

import json
from collections.abc import Mapping
from typing import Any, Final

from pyoxigraph import Quad, RdfFormat, Triple, parse

from ontology.rdf import Term
from shapes.report import Report, Result

_TERMS: Final = ("focus_node", "component", "severity", "source_shape", "path", "value", "source_constraint")


def report_to_json(report: Report) -> str:
    """Serialize a report as JSON, with terms in the syntax of N-Triples."""
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
    """Parse the JSON of :func:`report_to_json`."""
    content = json.loads(text)
    return Report(
        tuple(_result(result) for result in content["results"]),
        tuple(_quads("\n".join(content["details"]))),
        {iri: _by_language(label) for iri, label in content["labels"].items()},
    )


def _by_language(label: str | dict[str, str]) -> dict[str, str]:
    """Return labels by language; reports of schema version 1 have only the English one, as a string."""
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

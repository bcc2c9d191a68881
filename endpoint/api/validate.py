"""``POST /validate``: the report on RDF that is sent, against the project's shapes, shapes sent along, or both.

Nothing is stored. The answer is 200 whether the data conform or not: the validation was done, and its outcome is the
report; an error status means that there is none.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, TypeVar
from urllib.parse import quote

from flask import Blueprint, Response, request

from endpoint.api import report_response
from endpoint.http import rdf_body
from endpoint.http.problems import Problem
from endpoint.http.rdf_body import Part
from endpoint.serving.snapshot import SnapshotHolder
from endpoint.settings import EndpointSettings
from graph import validation
from graph.errors import RefusedError
from graph.sparql.errors import QueryCrashed
from graph.validation import AGAINST, THRESHOLDS, Against, Document, ValidationRequest, ValidationResult

_FIELDS: Final = ("data", "shapes", "extra-shapes", "background")
_AGAINST_NONE: Final[Against] = "none"
_AGAINST_RELEASE: Final[Against] = "release"

_Value = TypeVar("_Value", bound=str)


def blueprint(snapshots: SnapshotHolder, settings: EndpointSettings) -> Blueprint:
    """Return the route of ``/validate`` on the current of ``snapshots``."""
    routes = Blueprint("validate", __name__)

    @routes.post("/validate")
    def validate() -> Response:
        written_as, written_in = report_response.negotiate(), report_response.negotiate_language()
        threshold = one_of("fail-on", THRESHOLDS, "violation")
        parts = rdf_body.documents(request.content_type or "", rdf_body.read_uncompressed(settings.upload_bytes))
        documents = _with_bases(_sorted(parts), request.args.get("base", "").strip())
        against = one_of("against", AGAINST, _AGAINST_NONE if documents["shapes"] else _AGAINST_RELEASE)
        validation_request = ValidationRequest(
            documents["data"],
            documents["shapes"],
            against,
            written_as.format.names[0],
            written_in,
            threshold,
            documents["extra-shapes"],
            documents["background"],
        )
        result = _validate(snapshots, validation_request, settings.validation_seconds)
        return report_response.response(result.report, 200, written_as, written_in, conforms=result.conforms)

    return routes


def one_of(parameter: str, known: Sequence[_Value], default: _Value) -> _Value:
    """Return the value of a query parameter; raise ``Problem`` when it is not one of those ``known``."""
    given = request.args.get(parameter, "").strip().lower()
    if not given:
        return default
    for value in known:
        if given == value:
            return value
    listed = " or ".join(known)
    raise Problem("parameter-invalid", f"the parameter '{parameter}' is {listed}, not '{given[:40]}'")


def _sorted(parts: Sequence[Part]) -> dict[str, tuple[Document, ...]]:
    stray = next((part.field for part in parts if part.field not in _FIELDS), None)
    if stray is not None:
        listed = ", ".join(f"'{field}'" for field in _FIELDS)
        raise Problem("part-unknown", f"unknown part '{stray[:40]}'; the names of parts are {listed}")
    documents = {field: tuple(part.document for part in parts if part.field == field) for field in _FIELDS}
    if not documents["data"]:
        raise Problem("data-missing", "the request has no data; send RDF as the body or as a part named 'data'")
    if documents["shapes"] and documents["extra-shapes"]:
        raise Problem(
            "shapes-ambiguous",
            "send parts named 'shapes' (instead of the project's) or 'extra-shapes' (in addition to them), not both",
        )
    if documents["background"] and not (documents["shapes"] or documents["extra-shapes"]):
        raise Problem(
            "request-invalid",
            "a part named 'background' needs one named 'shapes' or 'extra-shapes': the project's shapes see only the "
            "data and the graph",
        )
    return documents


def _with_bases(documents: dict[str, tuple[Document, ...]], given: str) -> dict[str, tuple[Document, ...]]:
    """Return documents with their bases: by ``Content-Location``, else the parameter ``base``, else by their names.

    Data for the project's shapes have no base by name: a contribution needs IRIs that others can use.
    """
    named = {"shapes", "extra-shapes", "background", *(["data"] if documents["shapes"] else [])}
    return {
        field: tuple(
            replace(one, base_iri=one.base_iri or given or (f"file:///{quote(one.name)}" if field in named else None))
            for one in listed
        )
        for field, listed in documents.items()
    }


def _validate(snapshots: SnapshotHolder, validation_request: ValidationRequest, seconds: float) -> ValidationResult:
    with snapshots.acquire() as snapshot:
        default_graph = snapshot.pool.settings.default_graph
        try:
            result: ValidationResult = snapshot.pool.call(
                validation.validate_documents, (validation_request, default_graph), seconds, validation.VALIDATION
            )
        except QueryCrashed as error:
            raise Problem("validation-crashed", str(error)) from error
        except RefusedError as refusal:
            raise Problem("contribution-refused", refusal.problem or "", {"reason": refusal.code}) from refusal
    return result

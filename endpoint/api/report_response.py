"""In which form and language a client gets a validation report, and the response that carries it."""

from typing import Final

from flask import Response, request

from endpoint.api import spreadsheet
from endpoint.http import negotiation
from endpoint.http.negotiation import NegotiatedFormat
from endpoint.http.problems import Problem
from graph.sparql.formats import Format
from graph.validation import LANGUAGES, REPORTS, Language, preferred
from ontology.spreadsheet import BYTE_ORDER_MARK

# A page of its own brings its styles along, and needs nothing else.
_PAGE_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"


def negotiate(otherwise: str | None = None) -> NegotiatedFormat[Format]:
    """Return the form of the report: by the parameter ``format``, else by ``Accept``.

    Where ``Accept`` wants none of them it is the one that is called ``otherwise``, for clients that expect no report.
    Raises ``Problem`` with the forms there are when none of them is wanted.
    """
    named = request.args.get("format", "").strip().lower()
    if _is_for_spreadsheets():
        named = "csv"
    if not named:
        accepted = negotiation.best(request.headers.get("Accept"), REPORTS)
        if accepted is None and otherwise is not None:
            named = otherwise
        elif accepted is None:
            listed = ", ".join(one.media_type for one in REPORTS)
            raise Problem("not-acceptable", f"reports are available as {listed}; the request accepts none of them")
        else:
            return accepted
    found = next((one for one in REPORTS if named in one.names or named in one.media_types), None)
    if found is None:
        known = ", ".join(name for one in REPORTS for name in one.names)
        raise Problem("format-unknown", f"unknown format '{named[:40]}'; the formats are {known}")
    return NegotiatedFormat(found, found.media_type)


def negotiate_language() -> Language:
    """Return the language of the report: by the parameter ``lang``, else by ``Accept-Language``, else English.

    Raises ``Problem`` for a ``lang`` that there is not.
    """
    named = request.args.get("lang", "").strip().lower()
    if not named:
        return preferred(request.headers.get("Accept-Language", ""))
    found = next((one for one in LANGUAGES if one == named.partition("-")[0]), None)
    if found is None:
        raise Problem("parameter-invalid", f"reports are not available in '{named[:40]}'; use {', '.join(LANGUAGES)}")
    return found


def response(
    report: bytes, status: int, written_as: NegotiatedFormat[Format], written_in: Language, *, conforms: bool
) -> Response:
    """Return the response with a written report; the header ``OPSC-Conforms`` repeats its verdict."""
    answer = Response(report, status, content_type=written_as.content_type)
    if _is_for_spreadsheets():
        answer.set_data(BYTE_ORDER_MARK + report)
        spreadsheet.as_file(answer, "report.csv")
    answer.headers["Content-Language"] = written_in
    answer.headers["OPSC-Conforms"] = "true" if conforms else "false"
    answer.headers["Cache-Control"] = "no-store"
    answer.vary.update(("Accept", "Accept-Language"))
    if written_as.media_type == "text/html":
        answer.headers["Content-Security-Policy"] = _PAGE_POLICY
    return answer


def _is_for_spreadsheets() -> bool:
    """Return whether the report, whose CSV is escaped in any case, is to be a file for spreadsheets."""
    return spreadsheet.is_wanted(request.args.getlist(spreadsheet.PARAMETER), request.args.getlist("format"))

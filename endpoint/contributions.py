"""``/contributions``: submit data with a token, and read what was submitted, by whom, and what was decided.

The web layer decides nothing: a submission goes to the process that keeps the ledger, and the answer to an accepted
one is sent when every query is answered from the version that it made.
"""

from typing import Final

from flask import Blueprint, Response, jsonify, request, url_for
from pyoxigraph import NamedNode

from endpoint import records, reporting, uploads
from endpoint.negotiation import Choice
from endpoint.problems import RequestProblem
from endpoint.problems import response as problem
from endpoint.served import Served
from endpoint.settings import EndpointSettings
from endpoint.tokens import Tokens
from graph import validation
from graph.contributions import Contributions, Decision, Entry
from graph.deciding import Deciding
from graph.errors import GraphError, UnknownContributionError
from graph.submissions import Submission
from graph.validation import Document, Language

_SOURCE: Final = "Contribution-Source"
_LICENCE: Final = "Contribution-Licence"


class Desk:
    """Where contributions are handed in and looked up."""

    def __init__(
        self,
        served: Served,
        contributions: Contributions,
        deciding: Deciding,
        tokens: Tokens,
        settings: EndpointSettings,
    ) -> None:
        """Decide with ``deciding``, read from ``contributions``, and keep what is ``served`` up to date."""
        self._served = served
        self._contributions = contributions
        self._deciding = deciding
        self._tokens = tokens
        self._settings = settings

    def blueprint(self) -> Blueprint:
        """Return the routes of ``/contributions``."""
        routes = Blueprint("contributions", __name__)
        routes.post("/contributions")(self.submit)
        routes.get("/contributions")(self.listed)
        routes.get("/contributions/<int:number>")(self.entry)
        routes.get("/contributions/<int:number>/bytes")(self.received)
        routes.get("/contributions/<int:number>/report")(self.report)
        routes.delete("/contributions/<int:number>")(self.retract)
        return routes

    def submit(self) -> Response:
        """Answer ``POST /contributions``: 201 when it is let in and served, 422 when it is refused."""
        who = self._tokens.owner(request.headers.get("Authorization"))
        written_as, written_in = reporting.choice(), reporting.language()
        source = _iri("source", _SOURCE)
        if source is None:
            raise RequestProblem(
                "source-missing", f"say where the facts come from: parameter 'source' or header {_SOURCE}"
            )
        licence = _iri("licence", _LICENCE)
        document = _only(uploads.documents(request.content_type or "", uploads.body(self._settings.upload_bytes)))
        decision = self._deciding.submit(
            Submission(document.data, document.media_type, document.name, who, source, licence)
        )
        if decision.accepted:
            return self._shown(decision.number, 201)
        if decision.report is None:
            return self._refused("contribution-refused", decision)
        return self._reported(self._found(decision.number), 422, written_as, written_in)

    def listed(self) -> Response:
        """Answer ``GET /contributions``: the records, oldest first, a page at a time."""
        wanted = records.wanted(request.args)
        found = self._contributions.entries(wanted.who, wanted.accepted, wanted.after, wanted.limit + 1)
        page = found[: wanted.limit]
        rest = {**request.args.to_dict(), "after": str(page[-1].number)} if len(found) > len(page) else None
        following = url_for("contributions.listed", **rest) if rest else None  # type: ignore[arg-type]
        return _not_stored(jsonify(contributions=[records.flat(one) for one in page], next=following))

    def entry(self, number: int) -> Response:
        """Answer ``GET /contributions/{n}``: the record with its report."""
        return _not_stored(jsonify(records.whole(self._found(number))))

    def received(self, number: int) -> Response:
        """Answer ``GET /contributions/{n}/bytes``: what was sent, for download only, as it may be anything."""
        entry = self._found(number)
        answer = Response(entry.data, content_type=entry.media_type)
        answer.headers["Content-Disposition"] = f'attachment; filename="{records.file_name(entry)}"'
        answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
        return _not_stored(answer)

    def report(self, number: int) -> Response:
        """Answer ``GET /contributions/{n}/report``: the validation report in the form that the client wants."""
        written_as, written_in = reporting.choice(), reporting.language()
        return self._reported(self._found(number), 200, written_as, written_in)

    def retract(self, number: int) -> Response:
        """Answer ``DELETE /contributions/{n}``: the record, once no query sees the contribution any more."""
        who = self._tokens.owner(request.headers.get("Authorization"))
        if self._found(number).who != who:
            raise RequestProblem("not-yours", f"contribution {number} is not yours; only who sent it retracts it here")
        decision = self._deciding.retract(number, who)
        if not decision.accepted:
            return self._refused("retraction-refused", decision)
        return self._shown(number, 200)

    def _found(self, number: int) -> Entry:
        try:
            return self._contributions.entry(number)
        except UnknownContributionError:
            raise RequestProblem("contribution-unknown", f"there is no contribution {number}") from None

    def _shown(self, number: int, status: int) -> Response:
        """Return the record of a contribution whose decision made a new version, once that is served."""
        location = url_for("contributions.entry", number=number)
        try:
            self._served.refresh()
        except GraphError:
            detail = f"contribution {number} is decided, but the new version cannot be served yet; see {location}"
            answer = problem("not-yet-served", detail, {"number": number})
        else:
            answer = jsonify(records.whole(self._found(number)))
            answer.status_code = status
        answer.headers["Location"] = location
        return _not_stored(answer)

    def _refused(self, code: str, decision: Decision) -> Response:
        members = {"number": decision.number, "reason": decision.code}
        detail = decision.problem or "the submission was recorded and refused"
        answer = problem(code, detail, members)
        answer.headers["Location"] = url_for("contributions.entry", number=decision.number)
        return answer

    def _reported(self, entry: Entry, status: int, written_as: Choice, written_in: Language) -> Response:
        if entry.report is None:
            raise RequestProblem(
                "report-missing", f"contribution {entry.number} was not validated, so it has no report"
            )
        document = Document(entry.data, entry.media_type, entry.file_name)
        asked = (entry.report, document, written_as.format.names[0], written_in)
        with self._served.used() as serving:
            report = serving.pool.call(validation.written, asked, self._settings.validation_seconds, validation.WORDING)
        answer = reporting.response(report, status, written_as, written_in, conforms=entry.report.conforms)
        answer.headers["Location"] = url_for("contributions.entry", number=entry.number)
        return answer


def _iri(parameter: str, header: str) -> NamedNode | None:
    given = (request.args.get(parameter) or request.headers.get(header) or "").strip()
    if not given:
        return None
    try:
        return NamedNode(given)
    except ValueError:
        raise RequestProblem(
            "parameter-invalid", f"'{given[:200]}' is not an absolute IRI; write the {parameter} in full"
        ) from None


def _only(parts: list[uploads.Part]) -> Document:
    if len(parts) != 1 or parts[0].field != "data":
        raise RequestProblem("data-missing", "send one document: RDF as the body, or as the one part named 'data'")
    return parts[0].document


def _not_stored(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response

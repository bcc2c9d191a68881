"""``/contributions``: submit data with a token, and read submissions and the decisions on them.

The web layer decides nothing: a submission goes to the process that keeps the ledger, and the answer to an accepted
one is sent when every query is answered from the version that it made.
"""

from urllib.parse import urlencode

from flask import Blueprint, Response, jsonify, request, url_for

from endpoint.api import contribution_json, report_response
from endpoint.api.decision_response import DecisionResponses, not_stored
from endpoint.auth import submitter
from endpoint.auth.bearer import BearerTokens
from endpoint.auth.token_file import SCOPES
from endpoint.http import rdf_body
from endpoint.http.problems import Problem
from graph.contributions.contributions import Contributions
from graph.contributions.decider import Decider
from graph.contributions.submission import Submission


class ContributionRoutes:
    """Where contributions are handed in and looked up."""

    def __init__(
        self,
        responses: DecisionResponses,
        contributions: Contributions,
        decider: Decider,
        tokens: BearerTokens,
        upload_bytes: int,
    ) -> None:
        """Decide with ``decider``, read from ``contributions``; a request body may have ``upload_bytes``."""
        self._responses = responses
        self._contributions = contributions
        self._decider = decider
        self._tokens = tokens
        self._upload_bytes = upload_bytes

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
        """Answer ``POST /contributions``: 201 when it is accepted and served, 422 when it is refused."""
        sender = submitter.identify(self._tokens, "contribute")
        written_as, written_in = report_response.negotiate(), report_response.negotiate_language()
        content = rdf_body.read_uncompressed(self._upload_bytes)
        document = rdf_body.single_document(rdf_body.documents(request.content_type or "", content))
        decision = self._decider.submit(
            Submission(document.data, document.media_type, document.name, sender.name, sender.source, sender.licence)
        )
        return self._responses.respond(decision, 201, written_as, written_in)

    def listed(self) -> Response:
        """Answer ``GET /contributions``: the records, oldest first, a page at a time."""
        wanted = contribution_json.parse_filter(request.args)
        found = self._contributions.entries(wanted.submitter, wanted.accepted, wanted.after, wanted.limit + 1)
        page = found[: wanted.limit]
        following = _after(page[-1].number) if len(found) > len(page) else None
        return not_stored(jsonify(contributions=[contribution_json.summarize(one) for one in page], next=following))

    def entry(self, number: int) -> Response:
        """Answer ``GET /contributions/{n}``: the record with its report."""
        return not_stored(jsonify(contribution_json.describe(self._responses.find(number))))

    def received(self, number: int) -> Response:
        """Answer ``GET /contributions/{n}/bytes``: what was sent, for download only, as it may be anything."""
        entry = self._responses.find(number)
        answer = Response(entry.data, content_type=entry.media_type or "application/octet-stream")
        answer.headers["Content-Disposition"] = f'attachment; filename="{contribution_json.file_name(entry)}"'
        answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
        return not_stored(answer)

    def report(self, number: int) -> Response:
        """Answer ``GET /contributions/{n}/report``: the validation report in the form that the client wants."""
        written_as, written_in = report_response.negotiate(), report_response.negotiate_language()
        return self._responses.respond_with_report(self._responses.find(number), 200, written_as, written_in)

    def retract(self, number: int) -> Response:
        """Answer ``DELETE /contributions/{n}``: the record, once no query sees the contribution any more."""
        sender = submitter.authenticate(self._tokens, *SCOPES)
        if self._responses.find(number).submitter != sender.name and "retract-any" not in sender.scopes:
            raise Problem(
                "not-yours", f"contribution {number} belongs to another contributor, who alone can retract it here"
            )
        decision = self._decider.retract(number, sender.name)
        if not decision.accepted:
            return self._responses.refuse("retraction-refused", decision)
        return self._responses.respond_with_record(number, 200)


def _after(number: int) -> str:
    """Return the address of the records after one of them, with the parameters of the request."""
    # Names of parameters are the client's; ``url_for`` would take some of them for its own.
    return f"{url_for('contributions.listed')}?{urlencode({**request.args.to_dict(), 'after': number})}"

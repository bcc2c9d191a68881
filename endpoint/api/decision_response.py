"""Responses to submissions: accepted and served, refused with the report, or refused with a reason."""

from collections.abc import Mapping
from typing import Final

from flask import Response, jsonify, url_for

from endpoint.api import contribution_json, report_response
from endpoint.http import error_handlers
from endpoint.http.negotiation import NegotiatedFormat
from endpoint.http.problems import Problem
from endpoint.observability import metrics
from endpoint.serving.snapshot import SnapshotHolder
from graph import validation
from graph.contributions.contributions import Contribution, Contributions, Decision
from graph.errors import GraphError, UnknownContributionError
from graph.sparql.formats import Format
from graph.validation import Document, Language

# Reasons that have a status of their own where a client names the graph: at /update and /data.
GRAPH_PROBLEMS: Final = {"foreign-graph": "foreign-graph", "precondition-failed": "precondition-failed"}


class DecisionResponses:
    """Answers about submissions: an acceptance is answered when every query is answered from its version."""

    def __init__(self, snapshots: SnapshotHolder, contributions: Contributions, seconds: float) -> None:
        """Keep ``snapshots`` up to date; to write a report may take ``seconds``."""
        self._snapshots = snapshots
        self._contributions = contributions
        self._seconds = seconds

    def find(self, number: int) -> Contribution:
        """Return a submission; raise ``Problem`` when there is none of that number."""
        try:
            return self._contributions.contribution(number)
        except UnknownContributionError:
            raise Problem("contribution-unknown", f"there is no contribution {number}") from None

    def respond(
        self,
        decision: Decision,
        status: int,
        written_as: NegotiatedFormat[Format],
        written_in: Language,
        problems: Mapping[str, str] | None = None,
    ) -> Response:
        """Return the response for a decision: ``status`` when it was accepted, the report or a problem when not.

        ``problems`` gives the problem for a reason, where it is not ``contribution-refused``.
        """
        metrics.count_decision(accepted=decision.accepted)
        if decision.accepted:
            return self.respond_with_record(decision.number, status)
        if decision.report is not None:
            return self.respond_with_report(self.find(decision.number), 422, written_as, written_in)
        return self.refuse((problems or {}).get(decision.code or "", "contribution-refused"), decision)

    def respond_with_record(self, number: int, status: int) -> Response:
        """Return the record of a submission whose decision made a new version, once that is served."""
        location = url_for("contributions.entry", number=number)
        try:
            self._snapshots.refresh()
        except GraphError:
            detail = f"contribution {number} is decided, but the new version cannot be served yet; see {location}"
            answer = error_handlers.respond(Problem("not-yet-served", detail, {"number": number}))
        else:
            answer = jsonify(contribution_json.describe(self.find(number)))
            answer.status_code = status
        answer.headers["Location"] = location
        return not_stored(answer)

    def refuse(self, code: str, decision: Decision) -> Response:
        """Return the problem ``code`` for what was refused without a report."""
        members = {"number": decision.number, "reason": decision.code}
        detail = decision.problem or "the submission was recorded and refused"
        location = {"Location": url_for("contributions.entry", number=decision.number)}
        return error_handlers.respond(Problem(code, detail, members, location))

    def respond_with_report(
        self, entry: Contribution, status: int, written_as: NegotiatedFormat[Format], written_in: Language
    ) -> Response:
        """Return the report on a submission; raise ``Problem`` when it was not validated."""
        if entry.report is None:
            raise Problem("report-missing", f"contribution {entry.number} was not validated, so it has no report")
        is_rdf = entry.operation not in {"update", "delete"}
        document = Document(entry.data, entry.media_type, entry.file_name) if is_rdf else None
        asked = (entry.report, document, written_as.format.names[0], written_in)
        with self._snapshots.acquire() as snapshot:
            report = snapshot.pool.call(validation.write_report, asked, self._seconds, validation.VALIDATION)
        answer = report_response.response(report, status, written_as, written_in, conforms=entry.report.conforms)
        answer.headers["Location"] = url_for("contributions.entry", number=entry.number)
        return answer


def not_stored(response: Response) -> Response:
    """Return a response that no cache keeps."""
    response.headers["Cache-Control"] = "no-store"
    return response

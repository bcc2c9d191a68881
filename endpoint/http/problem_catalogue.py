"""The catalogue of problem types (RFC 9457): the code, status, title and remedy of each."""

from dataclasses import dataclass
from typing import Final

TYPE_BASE: Final = "https://w3id.org/opsc/problems/"


@dataclass(frozen=True)
class ProblemType:
    """A problem type: ``code`` is stable, ``meaning`` tells clients what to do."""

    code: str
    status: int
    title: str
    meaning: str

    @property
    def iri(self) -> str:
        """The IRI of the problem type: ``type`` of RFC 9457."""
        return TYPE_BASE + self.code


PROBLEMS: Final = {
    problem.code: problem
    for problem in (
        ProblemType(
            "query-missing", 400, "Missing query", "Send a query in the parameter `query` or as the request body."
        ),
        ProblemType(
            "update-missing", 400, "Missing update", "Send an update in the parameter `update` or as the request body."
        ),
        ProblemType(
            "graph-missing", 400, "Missing graph name", "Name the graph with `graph` and its IRI, or with `default`."
        ),
        ProblemType("parameter-repeated", 400, "Repeated parameter", "Send each parameter once."),
        ProblemType("encoding-invalid", 400, "Invalid UTF-8", "Encode the query and the parameters in UTF-8."),
        ProblemType(
            "syntax-error", 400, "Syntax error", "Correct the query at the `line` and `column` given in the response."
        ),
        ProblemType("update-refused", 400, "Update sent to the query endpoint", "Send updates to `/update`."),
        ProblemType("query-refused", 400, "Query sent to the update endpoint", "Send queries to `/sparql`."),
        ProblemType("load-refused", 400, "LOAD disabled", "Send the data to `/data`; the server fetches no documents."),
        ProblemType(
            "using-conflict",
            400,
            "Dataset specified twice",
            "Use USING and WITH in the update, or `using-graph-uri` and `using-named-graph-uri` in the request, "
            "not both.",
        ),
        ProblemType(
            "service-refused",
            400,
            "SERVICE endpoint not allowed",
            "Query the other endpoint directly; SERVICE reaches only the endpoints in `OPSC_SERVICE_ALLOW`.",
        ),
        ProblemType(
            "service-unsupported",
            400,
            "SERVICE not supported here",
            "Rewrite the query as described in [federation](federation.md).",
        ),
        ProblemType("query-too-long", 400, "Query too long", "Shorten the query; see `OPSC_QUERY_LENGTH`."),
        ProblemType("query-too-deep", 400, "Query nested too deeply", "Nest fewer brackets; see `OPSC_QUERY_DEPTH`."),
        ProblemType(
            "query-too-wide", 400, "Too many operators", "Use fewer operators at one level; see `OPSC_QUERY_WIDTH`."
        ),
        ProblemType("graph-name-invalid", 400, "Invalid graph name", "Use an absolute IRI."),
        ProblemType("function-unknown", 400, "Unknown function", "Use the functions of SPARQL 1.1."),
        ProblemType("request-invalid", 400, "Invalid request", "Send a well-formed HTTP request."),
        ProblemType("parameter-invalid", 400, "Invalid parameter", "Use one of the values given in the response."),
        ProblemType(
            "datetime-invalid",
            400,
            "Invalid Accept-Datetime",
            "Write `Accept-Datetime` as specified in RFC 7089, in GMT.",
        ),
        ProblemType("data-missing", 400, "Missing data", "Send RDF as the request body or as a part named `data`."),
        ProblemType(
            "part-unknown",
            400,
            "Unknown form part",
            "Name the parts of the form `data`, `shapes`, `extra-shapes` or `background`.",
        ),
        ProblemType(
            "shapes-ambiguous",
            400,
            "Conflicting shapes parts",
            "Send either `shapes` or `extra-shapes`, not both.",
        ),
        ProblemType(
            "document-unreadable",
            400,
            "Invalid RDF",
            "Correct the RDF in `file` at the `line` and `column` given in the response.",
        ),
        ProblemType("source-missing", 400, "Missing source", "Give the IRI of the source in the parameter `source`."),
        ProblemType(
            "token-in-url",
            400,
            "Token in the URL",
            "Have the token revoked, and send its replacement in the `Authorization` header.",
        ),
        ProblemType("token-missing", 401, "Missing token", "Send the header `Authorization: Bearer` with your token."),
        ProblemType("token-invalid", 401, "Unknown token", "Ask the operator for a token."),
        ProblemType("token-expired", 401, "Expired token", "Ask the operator for a new token."),
        ProblemType("token-revoked", 401, "Revoked token", "Ask the operator for a new token."),
        ProblemType("scope-missing", 403, "Insufficient scope", "Use a token with the scope given in the response."),
        ProblemType(
            "metrics-refused", 403, "Access denied", "Send the request from an address in `OPSC_METRICS_ALLOW`."
        ),
        ProblemType(
            "contributions-closed",
            403,
            "Contributions disabled",
            "Ask the operator to enable contributions; see `opsc token create` and `OPSC_STORE_UPDATE`.",
        ),
        ProblemType(
            "not-yours",
            403,
            "Contribution owned by another contributor",
            "Ask its contributor or the operator to retract it.",
        ),
        ProblemType(
            "foreign-graph",
            403,
            "Graph owned by another contributor",
            "Write to a graph of your own, under an unused name.",
        ),
        ProblemType("graph-unknown", 404, "Graph not found", "List the graphs: `SELECT DISTINCT ?g { GRAPH ?g {} }`."),
        ProblemType("contribution-unknown", 404, "Contribution not found", "See the list at `/contributions`."),
        ProblemType("version-unknown", 404, "Version not found", "See the list at `/dataset/versions`."),
        ProblemType(
            "report-missing", 404, "No validation report", "Read the reason for the refusal at `/contributions/{n}`."
        ),
        ProblemType("thing-unknown", 404, "Resource not found", "Check the IRI, or search at `/browse`."),
        ProblemType("before-first-version", 404, "Before the first version", "Request a later time."),
        ProblemType("not-found", 404, "Not found", "Check the path; the SPARQL endpoint is `/sparql`."),
        ProblemType("method-not-allowed", 405, "Method not allowed", "Use a method listed in the `Allow` header."),
        ProblemType("not-acceptable", 406, "Not acceptable", "Accept one of the formats given in the response."),
        ProblemType(
            "format-unknown", 406, "Unknown format", "Use one of the formats given in the response, or omit `format`."
        ),
        ProblemType("request-timeout", 408, "Request timeout", "Send the body faster; see `OPSC_BODY_SECONDS`."),
        ProblemType(
            "thing-gone", 410, "Resource removed", "Request an earlier version; the `Link` header gives the TimeMap."
        ),
        ProblemType("retraction-refused", 409, "Retraction refused", "Read `reason` and `detail`."),
        ProblemType(
            "precondition-failed", 412, "Precondition failed", "Fetch the graph again, and repeat your change."
        ),
        ProblemType(
            "body-too-large",
            413,
            "Request body too large",
            "Send a smaller body; see `OPSC_BODY_BYTES` and `OPSC_UPLOAD_BYTES`.",
        ),
        ProblemType(
            "media-type-unsupported",
            415,
            "Unsupported media type",
            "Send one of the media types given in the response, in UTF-8, without compression.",
        ),
        ProblemType(
            "range-invalid", 416, "Range not satisfiable", "Request bytes within the file; see `Content-Range`."
        ),
        ProblemType(
            "result-too-large", 422, "Result too large", "Request fewer rows, for example with LIMIT and OFFSET."
        ),
        ProblemType(
            "service-too-large",
            422,
            "Response of another endpoint too large",
            "Narrow the SERVICE clause; see `OPSC_SERVICE_ROWS` and `OPSC_SERVICE_BYTES`.",
        ),
        ProblemType(
            "contribution-refused",
            422,
            "Contribution refused",
            "Correct the data as `reason` and `detail` say, and submit them again.",
        ),
        ProblemType(
            "shapes-unusable",
            422,
            "Unusable shapes",
            "Use SHACL Core or SHACL-SPARQL constraints, and send all imported shapes.",
        ),
        ProblemType(
            "memory-exceeded",
            422,
            "Memory limit exceeded",
            "Narrow the query, or send less data; see `OPSC_WORKER_MEMORY`.",
        ),
        ProblemType("evaluation-failed", 422, "Query evaluation failed", "Change or simplify the query."),
        ProblemType(
            "too-many-requests", 429, "Too many requests", "Retry after the number of seconds in `Retry-After`."
        ),
        ProblemType(
            "sender-busy",
            429,
            "Too many submissions of one sender",
            "Nothing was recorded; retry after the number of seconds in `Retry-After`.",
        ),
        ProblemType(
            "sender-quota-exceeded",
            429,
            "Sender's quota exceeded",
            "Nothing was recorded; retract contributions first.",
        ),
        ProblemType("headers-too-large", 431, "Header fields too large", "Shorten the header given in the response."),
        ProblemType("query-crashed", 500, "Query evaluation crashed", "Nest it less, or sort one datatype at a time."),
        ProblemType("validation-crashed", 500, "Validation crashed", "Simplify the data or the shapes."),
        ProblemType("store-unusable", 502, "SPARQL engine failed", "Report the `request_id` to the operator."),
        ProblemType("internal-error", 500, "Internal error", "Report the `request_id` to the operator."),
        ProblemType(
            "service-failed", 502, "Other endpoint failed", "Query the other endpoint directly, or use SERVICE SILENT."
        ),
        ProblemType(
            "not-yet-served", 503, "Decision not yet served", "Do not submit again; check the state at `Location`."
        ),
        ProblemType("not-yet-decided", 503, "Decision pending", "Do not submit again; check the state at `Location`."),
        ProblemType(
            "ledger-unavailable",
            503,
            "Ledger unavailable",
            "Check at `/contributions` whether the contribution was recorded.",
        ),
        ProblemType("download-unavailable", 503, "Download unavailable", "Try again later, or contact the operator."),
        ProblemType("busy", 503, "Too many queries", "Retry after the number of seconds in `Retry-After`."),
        ProblemType("unavailable", 503, "Service unavailable", "Retry after the number of seconds in `Retry-After`."),
        ProblemType(
            "service-too-slow",
            504,
            "Other endpoint too slow",
            "Narrow the SERVICE clause; see `OPSC_SERVICE_SECONDS`.",
        ),
        ProblemType(
            "deadline-exceeded",
            504,
            "Timeout",
            "Narrow the query, or send less data; see `OPSC_QUERY_SECONDS` and `OPSC_VALIDATION_SECONDS`.",
        ),
    )
}

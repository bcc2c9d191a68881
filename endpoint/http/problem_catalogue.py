"""The kinds of errors that a client can meet: every code with its status, its title, and what to do."""

from dataclasses import dataclass
from typing import Final

TYPE_BASE: Final = "https://w3id.org/opsc/problems/"


@dataclass(frozen=True)
class Problem:
    """A kind of error that a client can meet: ``code`` is stable, ``meaning`` tells what to do."""

    code: str
    status: int
    title: str
    meaning: str

    @property
    def iri(self) -> str:
        """The IRI of the kind, the ``type`` of RFC 9457."""
        return TYPE_BASE + self.code


PROBLEMS: Final = {
    problem.code: problem
    for problem in (
        Problem("query-missing", 400, "No query", "Send a query in the parameter `query` or as the request body."),
        Problem("update-missing", 400, "No update", "Send an update in the parameter `update` or as the request body."),
        Problem("graph-missing", 400, "No graph", "Name the graph: `graph` with its IRI, or `default`."),
        Problem(
            "parameter-repeated", 400, "Parameter given twice", "Send `query`, `update` or the graph exactly once."
        ),
        Problem("encoding-invalid", 400, "Not UTF-8", "Encode the query and the parameters in UTF-8."),
        Problem(
            "syntax-error", 400, "Syntax error", "Correct the query at the `line` and `column` that the answer names."
        ),
        Problem("update-refused", 400, "Not a query", "Send updates to `/update`."),
        Problem("query-refused", 400, "Not an update", "Send queries to `/sparql`."),
        Problem("load-refused", 400, "LOAD refused", "Send the data themselves to `/data`; nothing is fetched."),
        Problem(
            "using-conflict",
            400,
            "Dataset named twice",
            "Leave out USING and WITH, or `using-graph-uri` and `using-named-graph-uri`.",
        ),
        Problem(
            "service-refused",
            400,
            "SERVICE refused",
            "Ask the other endpoint yourself; this one asks none but those of `OPSC_SERVICE_ALLOW`.",
        ),
        Problem(
            "service-unsupported",
            400,
            "SERVICE not supported here",
            "Put SERVICE where [federation](federation.md) says, and no more often.",
        ),
        Problem("query-too-long", 400, "Query too long", "Shorten the query; see `OPSC_QUERY_LENGTH`."),
        Problem("query-too-deep", 400, "Query too deep", "Nest fewer brackets; see `OPSC_QUERY_DEPTH`."),
        Problem("query-too-wide", 400, "Query too wide", "Chain fewer operators; see `OPSC_QUERY_WIDTH`."),
        Problem("graph-name-invalid", 400, "Invalid graph name", "Name graphs by absolute IRIs."),
        Problem("function-unknown", 400, "Unknown function", "Use the functions of SPARQL 1.1."),
        Problem("request-invalid", 400, "Invalid request", "Send a well-formed HTTP request."),
        Problem("parameter-invalid", 400, "Invalid parameter", "Give the parameter a value that the answer names."),
        Problem("datetime-invalid", 400, "Unreadable time", "Write `Accept-Datetime` as RFC 7089 has it, in GMT."),
        Problem("data-missing", 400, "No data", "Send RDF as the request body or as a part named `data`."),
        Problem("part-unknown", 400, "Unknown part", "Name the parts of the form `data`, `shapes` or `extra-shapes`."),
        Problem(
            "shapes-ambiguous",
            400,
            "Shapes twice",
            "Send parts named `shapes` or parts named `extra-shapes`, not both.",
        ),
        Problem(
            "document-unreadable",
            400,
            "Unreadable document",
            "Correct the RDF in `file` at the `line` and `column` that the answer names.",
        ),
        Problem(
            "source-missing", 400, "No source", "Give the IRI of the source of the facts as the parameter `source`."
        ),
        Problem("token-in-url", 400, "Token in the URL", "Have it revoked, and send the next one in a header."),
        Problem("token-missing", 401, "No token", "Send `Authorization: Bearer` and your token."),
        Problem("token-invalid", 401, "Unknown token", "Ask the operator for a token."),
        Problem("token-expired", 401, "Expired token", "Ask the operator for a new token."),
        Problem("token-revoked", 401, "Revoked token", "Ask the operator for a new token."),
        Problem("scope-missing", 403, "Token not for this", "Use a token with the scope that the answer names."),
        Problem("metrics-refused", 403, "Not for you", "Ask from an address that `OPSC_METRICS_ALLOW` names."),
        Problem(
            "contributions-closed",
            403,
            "No contributions",
            "Ask the operator to open the server; see `opsc token create` and `OPSC_STORE_UPDATE`.",
        ),
        Problem("not-yours", 403, "Not your contribution", "Ask its contributor or the operator to retract it."),
        Problem("foreign-graph", 403, "Not your graph", "Write into a graph of your own, with a name that is free."),
        Problem("graph-unknown", 404, "No such graph", "Ask which there are: `SELECT DISTINCT ?g { GRAPH ?g {} }`."),
        Problem("contribution-unknown", 404, "No such contribution", "Look it up at `/contributions`."),
        Problem("version-unknown", 404, "No such version", "Look it up at `/dataset/versions`."),
        Problem("report-missing", 404, "No report", "Read why it was refused at `/contributions/{n}`."),
        Problem("thing-unknown", 404, "No such thing", "Check the IRI, or look for the thing at `/browse`."),
        Problem("before-first-version", 404, "Before the first version", "Ask for a later time."),
        Problem("not-found", 404, "Nothing here", "Send queries to `/sparql`."),
        Problem("method-not-allowed", 405, "Method not allowed", "Use a method that the header `Allow` names."),
        Problem("not-acceptable", 406, "No acceptable format", "Accept one of the formats that the answer names."),
        Problem(
            "format-unknown", 406, "Unknown format", "Give `format` a value that the answer names, or leave it out."
        ),
        Problem("request-timeout", 408, "Request too slow", "Send the body at once; see `OPSC_BODY_SECONDS`."),
        Problem("thing-gone", 410, "No longer there", "Read an earlier state; the header `Link` names the TimeMap."),
        Problem("retraction-refused", 409, "Not retracted", "See `reason` and `detail`."),
        Problem("length-required", 411, "Length required", "Send the header `Content-Length`, and no chunks."),
        Problem("precondition-failed", 412, "Changed meanwhile", "Read the graph again, and repeat your change."),
        Problem(
            "body-too-large",
            413,
            "Request body too large",
            "Send a smaller body; see `OPSC_BODY_BYTES` and `OPSC_UPLOAD_BYTES`.",
        ),
        Problem(
            "media-type-unsupported",
            415,
            "Unsupported media type",
            "Send a media type that the answer names, in UTF-8, without compression.",
        ),
        Problem("range-invalid", 416, "No such range", "Ask for bytes that the file has; see `Content-Range`."),
        Problem("result-too-large", 422, "Answer too large", "Ask for less, for example with LIMIT and OFFSET."),
        Problem(
            "service-too-large",
            422,
            "Answer of another endpoint too large",
            "Narrow what SERVICE asks; see `OPSC_SERVICE_ROWS` and `OPSC_SERVICE_BYTES`.",
        ),
        Problem("contribution-refused", 422, "Refused", "Correct what `reason` and `detail` name, and send it again."),
        Problem(
            "shapes-unusable", 422, "Unusable shapes", "Send core or SPARQL constraints, and all that they import."
        ),
        Problem("memory-exceeded", 422, "Too much memory", "Narrow the query, or send less; see `OPSC_WORKER_MEMORY`."),
        Problem("evaluation-failed", 422, "Not evaluated", "Change or simplify the query."),
        Problem("too-many-requests", 429, "Too many requests", "Try again after the seconds in `Retry-After`."),
        Problem("headers-too-large", 431, "Header too large", "Shorten the header that the answer names."),
        Problem("query-crashed", 500, "Query stopped", "Write the query with less nesting."),
        Problem("validation-crashed", 500, "Validation stopped", "Send simpler data or shapes."),
        Problem("store-unusable", 502, "No usable answer", "Report the `request_id` to the operator."),
        Problem("internal-error", 500, "Internal error", "Report the `request_id` to the operator."),
        Problem(
            "service-failed", 502, "Other endpoint failed", "Ask the other endpoint yourself, or use SERVICE SILENT."
        ),
        Problem("not-yet-served", 503, "Decided, not yet served", "Do not send it again; look it up at `Location`."),
        Problem("not-yet-decided", 503, "Not yet decided", "Do not send it again; look it up at `Location`."),
        Problem("ledger-unavailable", 503, "No ledger", "Look up at `/contributions` whether it was recorded."),
        Problem("download-unavailable", 503, "No files", "Try again later, or tell the operator."),
        Problem("busy", 503, "Too many queries", "Try again after the seconds in `Retry-After`."),
        Problem("unavailable", 503, "Not available", "Try again after the seconds in `Retry-After`."),
        Problem(
            "service-too-slow",
            504,
            "Other endpoint too slow",
            "Ask the other endpoint for less; see `OPSC_SERVICE_SECONDS`.",
        ),
        Problem(
            "deadline-exceeded",
            504,
            "Out of time",
            "Narrow the query, or send less; see `OPSC_QUERY_SECONDS` and `OPSC_VALIDATION_SECONDS`.",
        ),
    )
}

"""Errors as problem details (RFC 9457): the exception that a request ends with, and its document."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from endpoint.http.problem_catalogue import PROBLEMS, ProblemType
from endpoint.http.redaction import redact

MEDIA_TYPE: Final = "application/problem+json"
RETRY_SECONDS: Final = 5
INTERNAL: Final = "internal error; report the request id to the operator"

_CHALLENGE: Final = 'Bearer realm="opsc"'
_CHALLENGES: Final = {
    # Some clients send a password only when they are asked for one.
    "token-missing": f'{_CHALLENGE}, Basic realm="opsc", charset="UTF-8"',
    "token-in-url": f'{_CHALLENGE}, error="invalid_request"',
    "scope-missing": f'{_CHALLENGE}, error="insufficient_scope"',
    **dict.fromkeys(("token-invalid", "token-expired", "token-revoked"), f'{_CHALLENGE}, error="invalid_token"'),
}


class Problem(Exception):  # noqa: N818 - a problem of RFC 9457
    """A request that is answered with an error.

    ``code`` is a key of :data:`PROBLEMS`, ``detail`` a sentence for the client. ``members`` are the extension members
    of the document (RFC 9457, section 3.2), ``headers`` those of the response beside the ones that its code implies.
    """

    def __init__(
        self,
        code: str,
        detail: str,
        members: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.code = code
        self.members = dict(members or {})
        self.headers = {**self._implied_headers(), **(headers or {})}

    @property
    def type(self) -> ProblemType:
        """The problem type: status, title and IRI."""
        return PROBLEMS[self.code]

    @property
    def detail(self) -> str:
        """The sentence for the client, fit to be shown: without tokens and control characters."""
        return _printable(redact(str(self)))

    def to_json(self, request_id: str) -> bytes:
        """Return the document for the request with this identifier, as JSON in UTF-8."""
        document: dict[str, Any] = {
            "type": self.type.iri,
            "title": self.type.title,
            "status": self.type.status,
            "detail": self.detail,
            "code": self.code,
            "request_id": request_id,
            **self.members,
        }
        return json.dumps(document, ensure_ascii=False).encode()

    def _implied_headers(self) -> dict[str, str]:
        headers = {"WWW-Authenticate": _CHALLENGES[self.code]} if self.code in _CHALLENGES else {}
        if self.type.status == HTTPStatus.SERVICE_UNAVAILABLE:
            headers["Retry-After"] = str(RETRY_SECONDS)
        return headers


def _printable(detail: str) -> str:
    """Return a sentence, which may quote the client, without control and formatting characters."""
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in detail)

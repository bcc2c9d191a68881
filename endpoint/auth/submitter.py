"""The submitter of a request, by token, and the source and licence of the facts, by parameters or headers."""

from dataclasses import dataclass
from typing import Final

from flask import request
from pyoxigraph import NamedNode

from endpoint.auth.bearer import BearerTokens
from endpoint.auth.token_file import Token
from endpoint.http.problems import Problem
from endpoint.http.redaction import redact

_SOURCE: Final = "Contribution-Source"
_LICENCE: Final = "Contribution-Licence"


@dataclass(frozen=True)
class Submitter:
    """The sender, the source of the facts, and the licence under which they may be used."""

    name: str
    source: NamedNode
    licence: NamedNode | None


def authenticate(tokens: BearerTokens, *scopes: str) -> Token:
    """Return the token of the request, which has one of ``scopes``.

    Raises ``Problem`` when there is none that will do, or one in the URL, where every log shows it (RFC 6750,
    section 2.3, lets a server refuse that).
    """
    written = (request.path, *request.args.values())
    if "access_token" in request.args or any(redact(text) != text for text in written):
        raise Problem(
            "token-in-url",
            "tokens in URLs end up in logs; ask the operator to revoke this one, and send a new one in the "
            "header 'Authorization: Bearer ...'",
        )
    authorization = request.headers.get("Authorization")
    if "Origin" in request.headers and (authorization or "").lower().startswith("basic"):
        # A browser sends these by itself, also for the page of somebody else.
        raise Problem("token-invalid", "web pages send tokens as 'Authorization: Bearer ...', not with Basic")
    return tokens.holder(authorization, *scopes)


def identify(tokens: BearerTokens, scope: str) -> Submitter:
    """Return the origin of what the request sends with a token that has the ``scope``.

    Raises ``Problem`` when there is no such token, no source, or an IRI that is none.
    """
    name = authenticate(tokens, scope).name
    source = _iri("source", _SOURCE)
    if source is None:
        raise Problem(
            "source-missing", f"missing source: give its IRI in the parameter 'source' or the header {_SOURCE}"
        )
    return Submitter(name, source, _iri("licence", _LICENCE))


def parse_iri(value: str, parameter: str) -> NamedNode:
    """Return ``value`` as an IRI; raise ``Problem`` when it is none that is absolute."""
    try:
        return NamedNode(value)
    except ValueError:
        raise Problem(
            "parameter-invalid", f"'{value[:200]}' is not an absolute IRI; write the {parameter} in full"
        ) from None


def _iri(parameter: str, header: str) -> NamedNode | None:
    given = (request.args.get(parameter) or request.headers.get(header) or "").strip()
    return parse_iri(given, parameter) if given else None

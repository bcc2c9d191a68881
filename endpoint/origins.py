"""Who sends something, by a token, and where the facts in it come from: parameters or headers of a request."""

from dataclasses import dataclass
from typing import Final

from flask import request
from pyoxigraph import NamedNode

from endpoint.problems import RequestProblem
from endpoint.tokens import Tokens

_SOURCE: Final = "Contribution-Source"
_LICENCE: Final = "Contribution-Licence"


@dataclass(frozen=True)
class Origin:
    """The sender, the source of the facts, and the licence under which they may be used."""

    who: str
    source: NamedNode
    licence: NamedNode | None


def origin(tokens: Tokens) -> Origin:
    """Return the origin of what the request sends.

    Raises ``RequestProblem`` when there is no token that is known, no source, or an IRI that is none.
    """
    who = tokens.owner(request.headers.get("Authorization"))
    source = _iri("source", _SOURCE)
    if source is None:
        raise RequestProblem("source-missing", f"say where the facts come from: parameter 'source' or header {_SOURCE}")
    return Origin(who, source, _iri("licence", _LICENCE))


def absolute(value: str, parameter: str) -> NamedNode:
    """Return ``value`` as an IRI; raise ``RequestProblem`` when it is none that is absolute."""
    try:
        return NamedNode(value)
    except ValueError:
        raise RequestProblem(
            "parameter-invalid", f"'{value[:200]}' is not an absolute IRI; write the {parameter} in full"
        ) from None


def _iri(parameter: str, header: str) -> NamedNode | None:
    given = (request.args.get(parameter) or request.headers.get(header) or "").strip()
    return absolute(given, parameter) if given else None

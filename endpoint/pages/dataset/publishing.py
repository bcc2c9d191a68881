"""What the pages about the dataset share: what is published, how an answer is made conditional, and their errors."""

import hashlib
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from flask import Blueprint, Response, request

from endpoint.http import error_handlers, negotiation, request_context
from endpoint.http.negotiation import NegotiatedFormat
from endpoint.http.problems import Problem
from graph.errors import UnknownVersionError
from graph.exports.dump_cache import DumpCache, DumpError
from graph.metadata.examples import Example
from graph.sparql.formats import Format

JSON: Final = Format("JSON", "application/json", "json", names=("json",))
REVALIDATED: Final = "public, no-cache"
_FEEDS: Final = (
    '<{root}/dataset/changes.atom>; rel="alternate"; type="application/atom+xml"; title="Changes", '
    '<{root}/dataset/changes.json>; rel="alternate"; type="application/feed+json"; title="Changes"'
)

_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True)
class DatasetPublication:
    """The versions in ``home``, their files, and the ``address`` of the server, a base URL, that is told to clients.

    ``resumed`` downloads may be resumed at one time.
    """

    home: Path
    downloads: DumpCache
    address: str
    resumed: int = 4
    examples: tuple[Example, ...] = ()


def chosen(
    offered: Sequence[Format], extension: str | None, by_extension: dict[str, Format]
) -> NegotiatedFormat[Format]:
    """Return the format that the address ends with, or else the one that the client prefers.

    Raises ``Problem`` when there is no such format.
    """
    if extension is not None:
        if extension not in by_extension:
            raise Problem("not-found", f"this comes as {', '.join(f'.{name}' for name in by_extension)}")
        found = by_extension[extension]
        return NegotiatedFormat(found, found.media_type)
    choice = negotiation.best(request.headers.get("Accept"), offered)
    if choice is None:
        listed = ", ".join(one.media_type for one in offered)
        raise Problem("not-acceptable", f"this resource is available as {listed}; the request accepts none of them")
    return choice


def answered(body: str | bytes, content_type: str, *, lasting: bool = True) -> Response:
    """Return an answer with a strong entity tag (RFC 9110, section 8.8.3).

    A ``lasting`` one holds until another version is served.
    """
    content = body.encode() if isinstance(body, str) else body
    answer = Response(content, content_type=content_type)
    answer.headers["Cache-Control"] = REVALIDATED if lasting else "no-cache"
    answer.set_etag(hashlib.sha256(content_type.encode() + b"\n" + content).hexdigest())
    return answer


def as_json(document: Any, content_type: str = JSON.media_type) -> Response:  # noqa: ANN401 - what JSON can hold
    """Return an answer of JSON."""
    return answered(json.dumps(document, ensure_ascii=False, indent=2) + "\n", content_type)


def feeds() -> str:
    """Return the links to the feeds of changes, for the header ``Link``."""
    return _FEEDS.format(root=request.script_root)


def redirect(location: str, status: int) -> Response:
    """Return a redirection to a path of this server."""
    answer = Response(f"{location}\n", status, content_type="text/plain; charset=utf-8")
    answer.autocorrect_location_header = False
    answer.headers["Location"] = request.script_root + location
    answer.headers["Cache-Control"] = REVALIDATED
    return answer


def with_problems(routes: Blueprint) -> Blueprint:
    """Return ``routes``, on which what a version cannot give is a problem document."""
    routes.register_error_handler(UnknownVersionError, _for_unknown_version)
    routes.register_error_handler(DumpError, _for_download_error)
    return routes


def _for_unknown_version(_: UnknownVersionError) -> Response:
    return error_handlers.respond(
        Problem("version-unknown", "there is no such version; see the list at /dataset/versions")
    )


def _for_download_error(error: DumpError) -> Response:
    # The reason names a folder, which is nothing for a client.
    _LOG.error("request %s: %s", request_context.current().request_id, error)
    return error_handlers.respond(
        Problem("download-unavailable", "the server cannot generate the files of this version now; try again later")
    )

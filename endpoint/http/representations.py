"""The forms of a document, by suffix or by ``Accept``: each has an address of its own and links to the others."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from flask import Response, request

from endpoint.http import negotiation
from endpoint.http.negotiation import NegotiatedFormat
from endpoint.http.problems import Problem
from graph.sparql import formats
from graph.sparql.formats import Format
from ontology.iris import BASE

HTML: Final = negotiation.HTML
SUFFIXES: Final[dict[str, Format]] = {f".{one.extension}": one for one in (HTML, *formats.PUBLISHED)}
_LICENCE: Final = "https://creativecommons.org/licenses/by/4.0/"
_DOCUMENT: Final = "http://xmlns.com/foaf/0.1/Document"
# What may stand in a path as it is (RFC 3986, section 3.3).
_SAFE: Final = "/:@!$&'()*+,;=~-._"
# Stored by caches, and looked up again each time: a new version can change any document.
PRESENT: Final = "public, no-cache"
# A version never changes, but what a page says of it may with the software.
PAST: Final = "public, max-age=86400"


@dataclass(frozen=True)
class RequestedDocument:
    """The document that a request names: its path below the base, and the format of a suffix, if any."""

    path: str
    wanted: Format | None


def parse_document_path(path: str) -> RequestedDocument:
    """Split a suffix for a form off ``path``."""
    for suffix, wanted in SUFFIXES.items():
        if path.endswith(suffix) and len(path) > len(suffix):
            return RequestedDocument(path.removesuffix(suffix), wanted)
    return RequestedDocument(path, None)


def negotiate(document: RequestedDocument) -> NegotiatedFormat[Format]:
    """Return the form to write: by suffix, else by ``Accept``, of equals the first of :data:`SUFFIXES`.

    Raises ``Problem`` when the request accepts none.
    """
    if document.wanted is not None:
        return NegotiatedFormat(document.wanted, document.wanted.media_type)
    found = negotiation.best(request.headers.get("Accept"), tuple(SUFFIXES.values()))
    if found is None:
        listed = ", ".join(one.media_type for one in SUFFIXES.values())
        raise Problem("not-acceptable", f"this resource is available as {listed}; the request accepts none of them")
    return found


def address(path: str, version: str | None = None) -> str:
    """Return the address on this server of what has the IRI ``BASE + path``, at ``version`` where one is given."""
    return f"{request.script_root}/{quote(path, safe=_SAFE)}" + (f"?version={version}" if version else "")


def respond(
    body: bytes | str,
    chosen: NegotiatedFormat[Format],
    document: RequestedDocument,
    topic: str | None,
    version: str | None,
) -> Response:
    """Return the response with a document in the form ``chosen``, with links to its other forms.

    ``topic`` is the IRI of the thing that it describes, if that is not the document; ``version`` the one asked for.
    """
    response = Response(body, content_type=chosen.content_type)
    response.headers["Content-Location"] = address(document.path + f".{chosen.format.extension}", version)
    response.headers["Cache-Control"] = PAST if version else PRESENT
    response.vary.update(("Accept-Datetime",))
    if document.wanted is None:
        response.vary.add("Accept")
    if chosen.format is HTML:
        response.vary.add("Accept-Language")
    link(response, f"{BASE}{quote(document.path, safe=_SAFE)}", 'rel="canonical"')
    if topic:
        link(response, quote(topic, safe=_SAFE + "#%"), 'rel="describes"')
    link(response, _DOCUMENT, 'rel="type"')
    link(response, _LICENCE, 'rel="license"')
    for one in alternates(document.path, version):
        if one.media_type != chosen.format.media_type:
            link(response, one.address, f'rel="alternate"; type="{one.media_type}"')
    return response


def redirect(target: str, status: int, version: str | None = None) -> Response:
    """Return a redirection to ``target``, on this server, which caches may store if it is for a ``version``."""
    response = Response(status=status)
    response.headers["Location"] = target
    response.headers["Cache-Control"] = PAST if version else PRESENT
    response.vary.add("Accept-Datetime")
    return response


@dataclass(frozen=True)
class Alternate:
    """Another form of a document: where it is, its media type, and what people call it."""

    address: str
    media_type: str
    label: str


def alternates(path: str, version: str | None) -> list[Alternate]:
    """Return every form of the document at ``path``."""
    return [Alternate(address(path + suffix, version), one.media_type, one.label) for suffix, one in SUFFIXES.items()]


def link(response: Response, target: str, attributes: str) -> None:
    """Add a link to the header ``Link`` (RFC 8288); ``target`` is a URI, so that it holds no ``>``."""
    response.headers.add("Link", f"<{target}>; {attributes}")

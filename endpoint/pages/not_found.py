"""What is not here: never was (404), or was in an earlier version and is no longer (410)."""

from collections.abc import Sequence
from typing import Final

from flask import Response, render_template, request
from pyoxigraph import NamedNode
from werkzeug.http import http_date

from endpoint.http import error_handlers, negotiation, problem_catalogue, problems
from endpoint.http.problems import Problem
from endpoint.http.representations import HTML, address
from endpoint.pages import memento
from graph.archive import ArchiveProcess
from graph.sparql.formats import Format

_PROBLEM: Final = Format("problem", problems.MEDIA_TYPE, aliases=("application/json",))


def answer(past: ArchiveProcess | None, iris: Sequence[NamedNode], path: str, *, of_graph: bool = False) -> Response:
    """Return the problem that none of ``iris`` is in the graph; a page for those who accept one rather than JSON.

    ``path`` is that of the document about the thing, whose TimeMap the answer links when there was one. A document that
    is ``of_graph`` is gone with its triples, though what was said of the graph by then remains.
    """
    for iri in iris if past is not None else ():
        found = past.mementos_with(iri) if past is not None else []
        if found and (of_graph or not found[-1][1]):
            since = http_date(found[-1][0].since)
            detail = f"<{iri.value}> was removed from the graph on {since}; the Link header gives its earlier versions"
            present = [moment.version for moment, count in (found[:-1] if of_graph else found) if count]
            response = _respond("thing-gone", detail, address(path, present[-1]) if present else None)
            memento.link_timemap(response, path)
            return response
    return _respond("thing-unknown", "the graph has never described this IRI; check its spelling")


def _respond(code: str, detail: str, last: str | None = None) -> Response:
    response = error_handlers.respond(Problem(code, detail))
    chosen = negotiation.best(request.headers.get("Accept"), (_PROBLEM, HTML))
    if chosen is not None and chosen.format is HTML:
        page = render_template("missing.html", problem=problem_catalogue.PROBLEMS[code], detail=detail, last=last)
        response = Response(page, response.status, content_type=chosen.content_type)
    response.vary.add("Accept")
    response.vary.add("Accept-Datetime")
    response.headers["Cache-Control"] = "no-cache"
    return response

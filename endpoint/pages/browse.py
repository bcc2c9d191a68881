"""``/browse``: the classes of what the graph describes, and the things of each, to start reading from."""

import re
from typing import Final

from flask import Blueprint, Response, render_template, request
from pyoxigraph import NamedNode

from endpoint.http.problems import Problem
from endpoint.http.representations import PRESENT, address
from endpoint.pages.source import GraphReader
from endpoint.pages.term_view import TermRenderer, prefixed, reader_languages
from graph.views import class_index
from graph.views.class_index import ResourceList
from ontology.terms import PREFIXES

_LOCAL: Final = re.compile(r"[A-Za-z0-9_-]+")


def blueprint(library: GraphReader) -> Blueprint:
    """Return the routes of the lists."""
    routes = Blueprint("browse", __name__)

    @routes.get("/browse")
    def classes() -> Response:
        listing: ResourceList = library.ask(None, class_index.list_classes)[1]
        view = TermRenderer(listing.labels)
        shown = [(view.show(one), address(f"browse/{_short(one.value)}"), count) for one, count in listing.members]
        return _page("classes.html", classes=sorted(shown, key=lambda entry: entry[0].text.casefold()))

    @routes.get("/browse/<name>")
    def members(name: str) -> Response:
        number = _page_number()
        first, about = (number - 1) * library.most, _class(name)
        language = reader_languages()[0]
        listing: ResourceList = library.ask(None, class_index.list_instances, about, language, first, library.most)[1]
        if first >= listing.total:
            raise Problem("thing-unknown", "this page is empty; see the list at /browse")
        return _members(TermRenderer(listing.labels), about, listing, number, library.most)

    return routes


def _members(view: TermRenderer, about: NamedNode, listing: ResourceList, number: int, most: int) -> Response:
    here = address(f"browse/{_short(about.value)}")
    return _page(
        "members.html",
        about=view.show(about),
        members=[view.show(one) for one, _ in listing.members],
        first=(number - 1) * most + 1,
        last=(number - 1) * most + len(listing.members),
        total=listing.total,
        before=f"{here}?page={number - 1}" if number > 1 else None,
        after=f"{here}?page={number + 1}" if number * most < listing.total else None,
    )


def _class(name: str) -> NamedNode:
    """Return the class of a name such as ``State`` or ``skos:ConceptScheme``."""
    prefix, colon, local = name.rpartition(":")
    namespace = PREFIXES.get(prefix if colon else "opsc", "")
    if not namespace or not _LOCAL.fullmatch(local):
        raise Problem("thing-unknown", "there is no class with this name; see the list at /browse")
    return NamedNode(namespace + local)


def _short(iri: str) -> str:
    return prefixed(iri).removeprefix("opsc:").removeprefix("ns#")


def _page_number() -> int:
    given = request.args.get("page", "1")
    if not given.isdecimal() or len(given) > 6 or int(given) < 1:  # noqa: PLR2004 - a million pages
        raise Problem("parameter-invalid", "'page' must be a page number from 1")
    return int(given)


def _page(template: str, **shown: object) -> Response:
    response = Response(render_template(template, **shown), content_type="text/html; charset=utf-8")
    response.headers["Cache-Control"] = PRESENT
    response.vary.add("Accept-Language")
    return response

"""``/dataset``: the description of what is snapshots, its versions, downloads and changes; ``/.well-known/void``."""

import re
from collections.abc import Callable
from typing import Final
from urllib.parse import quote

from flask import Blueprint, Response, render_template, request
from pyoxigraph import NamedNode
from werkzeug.exceptions import RequestedRangeNotSatisfiable

from endpoint.http import negotiation
from endpoint.http.problems import Problem
from endpoint.http.representations import HTML
from endpoint.pages.dataset import downloads
from endpoint.pages.dataset.downloads import DownloadRoutes
from endpoint.pages.dataset.metadata import DatasetDescription
from endpoint.pages.dataset.publishing import (
    JSON,
    DatasetPublication,
    answered,
    as_json,
    chosen,
    feeds,
    redirect,
    with_problems,
)
from endpoint.serving.snapshot import SnapshotHolder
from graph.errors import UnknownVersionError
from graph.exports import changelog, feed
from graph.exports.changelog import ChangelogEntry, ChangelogPage
from graph.sparql import formats
from graph.sparql.formats import Format, GraphFormat
from ontology import iris

_DESCRIPTIONS: Final[dict[str, Format]] = {one.extension: one for one in (*formats.PUBLISHED, HTML)}
_LISTS: Final[dict[str, Format]] = {one.extension: one for one in (JSON, HTML)}
_VERSION_OR_FILE: Final = re.compile(r"(latest|[0-9a-f]{6,64})(?:\.(.+))?")
_STEPS_ON_A_PAGE: Final = 100
_PAGE_DIGITS: Final = 9


class DatasetPages:
    """The pages about the dataset."""

    def __init__(self, snapshots: SnapshotHolder, publishing: DatasetPublication) -> None:
        """Describe the current of ``snapshots``, and what else is ``publishing``."""
        self._snapshots = snapshots
        self._publishing = publishing
        self._description = DatasetDescription(publishing)
        self._files = DownloadRoutes(snapshots, publishing)

    def blueprint(self) -> Blueprint:
        """Return the routes."""
        routes = Blueprint("dataset", __name__)
        addresses: dict[str, Callable[..., Response]] = {
            "/.well-known/void": self.well_known,
            "/dataset": self.described,
            "/dataset.<extension>": self.described,
            "/dataset/versions": self.versions,
            "/dataset/versions.<extension>": self.versions,
            "/dataset/changes.atom": self.atom,
            "/dataset/changes.json": self.json_feed,
            "/dataset/changes/<name>": self._files.changes,
            "/dataset/<name>/SHA256SUMS": self._files.checksums,
            "/dataset/<path:name>": self.part,
        }
        for address, view in addresses.items():
            routes.get(address)(view)
        routes.register_error_handler(RequestedRangeNotSatisfiable, downloads.for_range)
        return with_problems(routes)

    def well_known(self) -> Response:
        """Answer ``GET /.well-known/void`` (VoID, section 7.2): where the description is, in a format for machines."""
        choice = negotiation.best(request.headers.get("Accept"), tuple(_DESCRIPTIONS.values()))
        answer = redirect(f"/dataset.{(choice.format if choice else formats.TURTLE).extension}", 303)
        answer.vary.add("Accept")
        return answer

    def described(self, extension: str | None = None) -> Response:
        """Answer ``GET /dataset``: the description of what is served, as a page or as RDF."""
        choice = chosen(tuple(_DESCRIPTIONS.values()), extension, _DESCRIPTIONS)
        with self._snapshots.acquire() as snapshot:
            if isinstance(choice.format, GraphFormat):
                body: str | bytes = self._description.written(snapshot, choice.format)
            else:
                body = render_template("dataset.html", **self._description.view(snapshot))
            lasting = self._description.is_whole(snapshot.version)
        answer = answered(body, choice.content_type, lasting=lasting)
        return _located(answer, "/dataset", choice.format, extension)

    def versions(self, extension: str | None = None) -> Response:
        """Answer ``GET /dataset/versions``: every version, newest first, a page at a time."""
        choice = chosen(tuple(_LISTS.values()), extension, _LISTS)
        page, address = self._page(), self._publishing.address
        steps = [feed.entry_json(step, address) for step in page.entries]
        if choice.format == HTML:
            shown = [{**told, "source_link": feed.http_url(told["source"])} for told in steps]
            rendered = render_template("versions.html", page=page, steps=shown, served=self._snapshots.version)
            answer = answered(rendered, choice.content_type)
        else:
            following = f"{address}dataset/versions.json?page={page.number + 1}" if page.number < page.last else None
            answer = as_json({"served": self._snapshots.version, "versions": steps, "next": following})
        return _located(answer, "/dataset/versions", choice.format, extension)

    def atom(self) -> Response:
        """Answer ``GET /dataset/changes.atom``."""
        return answered(feed.to_atom(self._page(), self._publishing.address), f"{feed.ATOM_TYPE}; charset=utf-8")

    def json_feed(self) -> Response:
        """Answer ``GET /dataset/changes.json``."""
        return as_json(feed.to_json_feed(self._page(), self._publishing.address), feed.JSON_TYPE)

    def part(self, name: str) -> Response:
        """Answer ``GET`` of a version, of one of its files, or of a part of the description."""
        found = _VERSION_OR_FILE.fullmatch(name)
        if found and found[2]:
            return self._files.version(found[1], found[2])
        if found:
            return self._files.elsewhere(name, "") or self._version(name)
        with self._snapshots.acquire() as snapshot:
            try:
                known = self._description.describes(snapshot, NamedNode(f"{iris.BASE}dataset/{name}"))
            except ValueError:
                known = False
        if not known:
            raise Problem("not-found", "there is nothing at this address; /dataset describes the dataset")
        return Response(status=303, headers={"Location": f"{request.script_root}/doc/dataset/{quote(name)}"})

    def _version(self, version: str) -> Response:
        step = changelog.find_entry(self._publishing.home, version)
        if step is None:
            raise UnknownVersionError("there is no such version")
        choice = chosen((HTML, *formats.PUBLISHED), None, {})
        if isinstance(choice.format, GraphFormat):
            body: str | bytes = choice.format.serialize(self._description.of_version(step.version))
        else:
            body = self._version_page(step)
        answer = answered(body, choice.content_type, lasting=self._description.is_whole(version))
        answer.vary.add("Accept")
        return answer

    def _version_page(self, step: ChangelogEntry) -> str:
        told = feed.entry_json(step, self._publishing.address)
        shown = {**told, "source_link": feed.http_url(told["source"])}
        rows = self._description.downloads(step.version.id)
        return render_template("version.html", step=shown, downloads=rows, served=self._snapshots.version)

    def _page(self) -> ChangelogPage:
        text = request.args.get("page", "1")
        number = int(text) if text.isascii() and text.isdigit() and len(text) <= _PAGE_DIGITS else 0
        page = changelog.read_page(self._publishing.home, number, _STEPS_ON_A_PAGE)
        if page is None:
            raise Problem("parameter-invalid", "the parameter 'page' must be a page number from 1")
        return page


def _located(answer: Response, address: str, chosen_format: Format, extension: str | None) -> Response:
    """Add where the answer is to be found in this format, and in the others."""
    known = _DESCRIPTIONS if address == "/dataset" else _LISTS
    address = request.script_root + address
    if extension is None:
        answer.vary.add("Accept")
        answer.headers["Content-Location"] = f"{address}.{chosen_format.extension}"
    others = [
        f'<{address}.{name}>; rel="alternate"; type="{one.media_type}"'
        for name, one in known.items()
        if one != chosen_format
    ]
    answer.headers["Link"] = ", ".join([*others, feeds()])
    return answer

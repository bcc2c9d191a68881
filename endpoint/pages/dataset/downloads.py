"""``/dataset/{version}.{format}``: every version as a file, and the difference of two versions, with their checksums.

A version never changes, so that its files may be kept for ever and a download that broke off may be resumed
(RFC 9110, section 14).
"""

import re
import threading
from collections.abc import Callable, Iterable, Iterator
from http import HTTPStatus
from typing import Any, Final

from flask import Response, request, send_file
from werkzeug.exceptions import RequestedRangeNotSatisfiable

from endpoint.http import error_handlers
from endpoint.http.problems import Problem
from endpoint.pages.dataset.publishing import DatasetPublication, answered, redirect
from endpoint.serving.snapshot import SnapshotHolder
from graph.errors import UnknownVersionError
from graph.exports import changelog
from graph.exports.dump_cache import DumpError
from graph.exports.dumps import DIFFERENCE_FORMATS, DUMP_FORMATS, DumpFile
from graph.sparql.errors import Busy
from graph.versions.ledger import Ledger
from graph.versions.version import resolve_version

LATEST: Final = "latest"
# What is compressed on the way has another length, and no parts that could be resumed.
IMMUTABLE: Final = "public, max-age=31536000, immutable, no-transform"

_VERSION: Final = re.compile(r"[0-9a-f]{64}")
_BEGINNING: Final = re.compile(r"[0-9a-f]{6,63}")
_CHANGES: Final = re.compile(r"([0-9a-f]{64})\.\.([0-9a-f]{64})\.(.+)")
_NAME_CHARACTERS: Final = 16


class DownloadRoutes:
    """The files of all versions."""

    def __init__(self, snapshots: SnapshotHolder, publishing: DatasetPublication) -> None:
        """Give the files of what is ``publishing``; the latest version is the current of ``snapshots``."""
        self._snapshots = snapshots
        self._home = publishing.home
        self._downloads = publishing.downloads
        self._resuming = threading.BoundedSemaphore(publishing.resumed)

    def version(self, name: str, suffix: str) -> Response:
        """Answer ``GET /dataset/{version}.{suffix}``."""
        if suffix not in DUMP_FORMATS:
            raise Problem("not-found", f"versions are available as {', '.join(f'.{one}' for one in DUMP_FORMATS)}")
        found = self.elsewhere(name, f".{suffix}")
        if found is not None:
            return found
        file = self._downloads.release_file(name) if suffix == "nq" else None
        file = file or self._downloads.version_files(name).get(suffix)
        if file is None:
            raise Problem("not-found", f"RDF/XML cannot represent this version; use {name}.ttl")
        return self._sent(file, DUMP_FORMATS[suffix].media_type, f"{short_name(name)}.{suffix}")

    def checksums(self, name: str) -> Response:
        """Answer ``GET /dataset/{version}/SHA256SUMS``, a document that ``sha256sum --check`` reads."""
        found = self.elsewhere(name, "/SHA256SUMS")
        if found is not None:
            return found
        files = self._downloads.version_files(name).values()
        lines = [f"{file.sha256}  {short_name(name)}.{file.suffix}\n" for file in files]
        return answered("".join(lines), "text/plain; charset=utf-8")

    def changes(self, name: str) -> Response:
        """Answer ``GET /dataset/changes/{version}..{version}.{suffix}``."""
        asked = _CHANGES.fullmatch(name)
        if asked is None or asked[3] not in DIFFERENCE_FORMATS:
            extensions = ", .".join(DIFFERENCE_FORMATS)
            raise Problem(
                "not-found", f"write two versions with '..' between them; changes are available as .{extensions}"
            )
        before, after, suffix = asked.groups()
        for version in (before, after):
            self._check(version)
        file = self._downloads.difference_files(before, after)[suffix]
        return self._sent(
            file, DIFFERENCE_FORMATS[suffix], f"{short_name(before)}..{after[:_NAME_CHARACTERS]}.{suffix}"
        )

    def elsewhere(self, name: str, rest: str) -> Response | None:
        """Return a redirection for a name that stands for a version, and ``None`` for a version's own.

        Raises ``UnknownVersionError`` when there is no such version.
        """
        if name == LATEST:
            return redirect(f"/dataset/{self._snapshots.version}{rest}", 302)
        if _BEGINNING.fullmatch(name):
            found = resolve_version(self._home, Ledger(self._home), name)
            return redirect(f"/dataset/{found}{rest}", 302)
        self._check(name)
        return None

    def _sent(self, file: DumpFile, media_type: str, name: str) -> Response:
        try:
            answer = send_file(
                file.path, media_type, as_attachment=True, download_name=name, etag=file.sha256, conditional=True
            )
        except FileNotFoundError as error:
            raise DumpError("the file was removed from the cache during the request") from error
        answer.headers["Cache-Control"] = IMMUTABLE
        answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
        if answer.status_code == HTTPStatus.PARTIAL_CONTENT and request.method == "GET":
            answer.response = self._resumed(answer.response)
        return answer

    def _resumed(self, content: Iterable[Any]) -> "_Resumed":
        # A part of a file goes out through a thread, however slowly the client reads it.
        if not self._resuming.acquire(blocking=False):
            getattr(content, "close", lambda: None)()
            raise Busy("too many downloads are being resumed; try again in a moment")
        return _Resumed(content, self._resuming.release)

    def _check(self, version: str) -> None:
        if not _VERSION.fullmatch(version) or changelog.find_entry(self._home, version) is None:
            raise UnknownVersionError("there is no such version")


class _Resumed:
    """A part of a file, with what is to be called once when it has been sent or given up."""

    def __init__(self, content: Iterable[Any], ended: Callable[[], None]) -> None:
        self._content = content
        self._ended: Callable[[], None] | None = ended

    def __iter__(self) -> Iterator[Any]:
        yield from self._content

    def close(self) -> None:
        getattr(self._content, "close", lambda: None)()
        ended, self._ended = self._ended, None
        if ended is not None:
            ended()


def for_range(error: RequestedRangeNotSatisfiable) -> Response:
    """Return the problem of a range that lies outside of a file."""
    answer = error_handlers.respond(
        Problem("range-invalid", f"the file has {error.length} bytes; request a range within them")
    )
    answer.headers["Content-Range"] = f"bytes */{error.length}"
    return answer


def short_name(version: str) -> str:
    """Return what the names of the files of a version begin with."""
    return f"opsc-{version[:_NAME_CHARACTERS]}"

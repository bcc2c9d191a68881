"""The log: one line a record or request on standard error, as JSON or as text, written by a thread of its own.

No request waits for the reader of the log: lines beyond the buffer are counted and dropped.
"""

import json
import logging
import os
import threading
import time
from collections import deque
from datetime import UTC, datetime
from typing import Any, Final

from endpoint.http.redaction import redact
from endpoint.observability import metrics

_MOST_WAITING: Final = 10_000
_CLOSING_SECONDS: Final = 2.0
_GATHERING_SECONDS: Final = 0.02
_STANDARD_ERROR: Final = 2


def fields(record: logging.LogRecord) -> dict[str, Any]:
    """Return the members of the line of a record: its message and its exception."""
    members: dict[str, Any] = {
        "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname.lower(),
        "event": "message",
        "logger": record.name,
        "message": record.getMessage(),
    }
    if record.exc_info:
        members["exception"] = logging.Formatter().formatException(record.exc_info)
    return members


def as_json(record: logging.LogRecord) -> str:
    """Return the line of a record as a JSON object."""
    return redact(json.dumps(fields(record), ensure_ascii=False))


def as_text(record: logging.LogRecord) -> str:
    """Return the line of a record as words, and its exception below it."""
    return words(fields(record))


def words(members: dict[str, Any]) -> str:
    """Return ``members`` as ``name=value`` pairs, with quotation marks around ambiguous values."""
    exception = members.pop("exception", None)
    parts = [
        members.pop("time"),
        members.pop("level").upper(),
        *(f"{name}={_word(value)}" for name, value in members.items()),
    ]
    return redact(" ".join(parts) + (f"\n{exception}" if exception else ""))


def _word(value: object) -> str:
    text = str(value)
    plain = text.isascii() and text.isprintable() and not set(text) & set(' "=')
    return text if plain and text else json.dumps(text)


class LogHandler(logging.Handler):
    """Hands records and lines to a thread that writes them to a file descriptor, those of a moment at once."""

    def __init__(self, form: str, descriptor: int = _STANDARD_ERROR) -> None:
        """Write lines in the ``form`` json or text."""
        super().__init__()
        self._form = as_json if form == "json" else as_text
        self._descriptor = descriptor
        self._taken: deque[logging.LogRecord | str] = deque()
        self._waiting = threading.Event()
        self._closed = False
        self._thread = threading.Thread(target=self._write, daemon=True)
        self._thread.start()

    def emit(self, record: logging.LogRecord) -> None:
        """Take a record, or count it as lost when too many wait."""
        self.take(record)

    def take(self, one: logging.LogRecord | str) -> None:
        """Take a record, or a line that is made already, or count it as lost when too many wait."""
        if len(self._taken) >= _MOST_WAITING:
            metrics.count_lost_line()
            return
        self._taken.append(one)
        if not self._waiting.is_set():
            self._waiting.set()

    def close(self) -> None:
        """Write what waits, unless nobody takes it."""
        self._closed = True
        self._waiting.set()
        self._thread.join(_CLOSING_SECONDS)
        super().close()

    def _write(self) -> None:
        while not self._closed or self._taken:
            self._waiting.wait()
            if not self._closed:
                # Meanwhile the request goes on, and more lines come together.
                time.sleep(_GATHERING_SECONDS)
            self._waiting.clear()
            self._write_waiting()

    def _write_waiting(self) -> None:
        taken = [self._taken.popleft() for _ in range(len(self._taken))]
        lines = [one if isinstance(one, str) else self._form(one) for one in taken]
        data = "".join(f"{line}\n" for line in lines).encode("utf-8", "backslashreplace")
        try:
            # Past the buffer of sys.stderr, whose lock would be held at the end of the process.
            while data:
                data = data[os.write(self._descriptor, data) :]
        except OSError:
            for _ in lines:
                metrics.count_lost_line()


def start(form: str, level: str) -> LogHandler:
    """Write the log of this process from now on; return what does it, to be closed at the end."""
    handler = LogHandler("text" if form == "off" else form)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING if form == "off" else level.upper())
    return handler

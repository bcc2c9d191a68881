"""Progress messages of commands."""

import sys
import threading
from types import TracebackType
from typing import Final, Self

from rich.console import Console

_DELAY: Final = 1.0


class Progress:
    """Shows the current step on standard error, after a second and on a terminal only; it is erased at the end."""

    def __init__(self, delay: float = _DELAY) -> None:
        self._status = Console(stderr=True).status("")
        self._start = threading.Timer(delay, self._status.start)

    def step(self, description: str) -> None:
        """Show ``description`` as the current step."""
        self._status.update(description)

    def __enter__(self) -> Self:
        if sys.stderr.isatty():
            self._start.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._start.cancel()
        if self._start.ident is not None:
            self._start.join()
        self._status.stop()

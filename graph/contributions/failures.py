"""Errors of the program while a submission is decided."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from graph.errors import GraphError

_CODE: Final = "decision-crashed"
_CRASHED: Final = "the decision failed with an error of the program ({kind}); report it, or send simpler data"
_LOG: Final = logging.getLogger(__name__)
_SECONDS_OF_LOCK: Final = 60.0


@contextmanager
def refused(refuse: Callable[[str, str, float], None]) -> Iterator[None]:
    """Call ``refuse`` with code, problem and patience when the body of the ``with`` statement fails.

    Otherwise one submission would fail each command that decides it on the way to its own.
    """
    try:
        yield
    except (GraphError, MemoryError, KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # noqa: BLE001  (panics of the engine are no exceptions of the usual kind)
        _LOG.debug("error while deciding a submission", exc_info=True)
        refuse(_CODE, _CRASHED.format(kind=type(error).__name__), _SECONDS_OF_LOCK)

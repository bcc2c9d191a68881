"""What a process for tasks does: it has in memory what the tasks are about, and gives up what it does not need."""

import multiprocessing
import os
import resource
import signal
import threading
from collections.abc import Callable
from typing import Any, Final

from graph.errors import GraphError
from graph.pool import sandbox
from graph.sparql.errors import Unavailable

# The engine descends once for each pattern of a chain. The system leaves 128 MB below the stack free of anything else.
_STACK_BYTES: Final = 120_000_000
NO_PROCESS: Final = "no process could take the request; try again in a moment"

Open = Callable[[], Any]
Prepare = Callable[[], None]

_held: Any = None
_failure: str = "the graph is not loaded"


def hold(opened: Open, prepare: Prepare | None) -> None:
    """Load what the processes hold, in the one that they are forked from."""
    global _held, _failure  # noqa: PLW0603 - the state of a process, set once
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        held = opened()
        if prepare is not None:
            prepare()
    except (GraphError, OSError, SyntaxError, ValueError) as error:
        _failure = f"the graph cannot be loaded: {error}"
        return
    _held = held


def enter(memory: int, *, sealed: bool) -> None:
    """Make a forked process ready for tasks: it gives up what it does not need, files, sockets and memory."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    sandbox.allow_stack(_STACK_BYTES)
    if memory:
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sealed:
        sandbox.open_nothing_more()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def ready() -> int:
    """Return the number of this process; raise ``Unavailable`` when it could not load what it should hold."""
    if _held is None:
        raise Unavailable(_failure)
    return os.getpid()


def run(task: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:  # noqa: ANN401 - what the task returns
    """Return what a task returns for what this process holds."""
    if _held is None:
        # The reason may name files, which is nothing for a client; whoever starts the pool has seen it.
        raise Unavailable(NO_PROCESS)
    return task(_held, *arguments)

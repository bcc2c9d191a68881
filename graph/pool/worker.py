"""The state of a worker process: the data in its memory, and the limits that it sets itself."""

import os
import resource
import signal
from collections.abc import Callable
from typing import Any, Final

from graph.errors import GraphError
from graph.pool import sandbox
from graph.pool.lifetime import exit_with_parent
from graph.sparql.errors import Unavailable

# The engine recurses once for each pattern of a chain. The system reserves 128 MB of address space below the stack.
_STACK_BYTES: Final = 120_000_000
NO_PROCESS: Final = "no process could take the request; try again in a moment"

Loader = Callable[[], Any]
WarmUp = Callable[[], None]
Update = Callable[[Any], None]

_data: Any = None
_failure: str = "the graph is not loaded"


def load(loader: Loader, warm_up: WarmUp | None) -> None:
    """Load the data of a pool into its fork server."""
    global _data, _failure  # noqa: PLW0603 - the state of a process, set once
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        data = loader()
        if warm_up is not None:
            warm_up()
    except (GraphError, OSError, SyntaxError, ValueError) as error:
        _failure = f"the graph cannot be loaded: {error}"
        return
    _data = data


def update(change: Update) -> None:
    """Change the data of a fork server that was copied from another; data that cannot be changed are dropped."""
    global _data, _failure
    try:
        change(_data)
    except (GraphError, OSError, SyntaxError, ValueError) as error:
        _data, _failure = None, f"the graph cannot be changed: {error}"


def set_up(memory: int, *, sandboxed: bool) -> None:
    """Prepare a forked process for calls: limit its memory (bytes of address space, 0 for no limit) and its files."""
    exit_with_parent()
    sandbox.raise_stack_limit(_STACK_BYTES)
    if memory:
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sandboxed:
        sandbox.forbid_new_files()


def ping() -> int:
    """Return the PID of this process; raise ``Unavailable`` when its data could not be loaded."""
    if _data is None:
        raise Unavailable(_failure)
    return os.getpid()


def run(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:  # noqa: ANN401 - the result of the function
    """Return the result of a function for the data of this process and ``arguments``."""
    if _data is None:
        # The reason may name files, which no client should see; the start of the pool has reported it.
        raise Unavailable(NO_PROCESS)
    return function(_data, *arguments)

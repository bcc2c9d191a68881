"""Settings: typed values with a default, a help text and an environment variable each.

``docs/settings.md`` lists every setting; a test compares it with this module.
"""

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final, TypeVar

from graph.errors import GraphError

_Settings = TypeVar("_Settings")

DEFAULT_GRAPHS: Final = ("merged", "own")


class SettingsError(GraphError):
    """An environment variable with a value that its setting does not allow."""


@dataclass(frozen=True)
class Setting:
    """The description of a setting: its environment variable, its default and its help text."""

    variable: str
    default: str
    help: str


def setting(
    default: Any,  # noqa: ANN401 - returned as the field's own type, as ``dataclasses.field`` does
    variable: str,
    help_text: str,
    *,
    between: tuple[float, float] = (-math.inf, math.inf),
    choices: tuple[str, ...] = (),
    default_text: str | None = None,
) -> Any:  # noqa: ANN401
    """Declare a field of a settings class: read from the environment ``variable``, of the type of ``default``."""
    return field(
        default=default,
        metadata={
            "setting": Setting(variable, default_text or str(default), help_text),
            "between": between,
            "choices": choices,
        },
    )


def list_settings(settings: type[Any]) -> tuple[Setting, ...]:
    """Return the description of each setting of a settings class, in the order of its fields."""
    return tuple(declared.metadata["setting"] for declared in fields(settings))


def from_environment(settings: type[_Settings], environment: Mapping[str, str] = os.environ) -> _Settings:
    """Return ``settings`` with the values of ``environment``; raise ``SettingsError`` for an invalid value."""
    values: dict[str, Any] = {}
    for declared in fields(settings):  # type: ignore[arg-type]
        description: Setting = declared.metadata["setting"]
        text = environment.get(description.variable, "").strip()
        if text:
            values[declared.name] = _value(text, description.variable, type(declared.default), declared.metadata)
    return settings(**values)


def _value(text: str, variable: str, expected: type[Any], metadata: Mapping[str, Any]) -> object:
    choices: tuple[str, ...] = metadata["choices"]
    if choices and text not in choices:
        raise SettingsError(f"{variable}={text}: write {' or '.join(choices)}")
    if expected is str:
        return text
    number = "a number" if expected is float else "a whole number"
    try:
        value = expected(text)
    except ValueError:
        raise SettingsError(f"{variable}={text}: write {number}") from None
    minimum, maximum = metadata["between"]
    if not minimum <= value <= maximum:
        limits = f"of at least {minimum}" if maximum == math.inf else f"from {minimum} to {maximum}"
        raise SettingsError(f"{variable}={text}: write {number} {limits}")
    return value


@dataclass(frozen=True)
class QueryLimits:
    """Limits on a query and its result."""

    length: int = setting(
        100_000, "OPSC_QUERY_LENGTH", "Maximum length of a query, in characters.", between=(1, math.inf)
    )
    depth: int = setting(
        100, "OPSC_QUERY_DEPTH", "Maximum nesting depth of brackets of any kind in a query.", between=(1, math.inf)
    )
    width: int = setting(
        500,
        "OPSC_QUERY_WIDTH",
        "Maximum number of operators (UNION, OPTIONAL, MINUS, FILTER, BIND, GRAPH, operators of expressions and of "
        "property paths) at one level of a query, including those of the enclosing groups.",
        between=(1, math.inf),
    )
    result_bytes: int = setting(
        50_000_000,
        "OPSC_RESULT_BYTES",
        "Maximum size of a result, in bytes; a larger one is an error and is never truncated.",
        between=(1, math.inf),
    )
    result_rows: int = setting(
        1_000_000,
        "OPSC_RESULT_ROWS",
        "Maximum number of rows or triples in a result; a larger one is an error and is never truncated.",
        between=(1, math.inf),
    )


@dataclass(frozen=True)
class WorkerSettings:
    """The number of processes that evaluate queries, and the limits on each."""

    workers: int = setting(
        2 * max(2, os.cpu_count() or 1),
        "OPSC_WORKERS",
        "Number of processes that evaluate queries, each one query at a time; they share the graph in memory.",
        between=(1, math.inf),
        default_text="twice the number of processors, at least 4",
    )
    deadline: float = setting(30.0, "OPSC_QUERY_SECONDS", "Timeout for a query, in seconds.", between=(0.1, 86_400))
    default_deadline: float = setting(
        0.0,
        "OPSC_QUERY_DEFAULT_SECONDS",
        "Timeout for a query without the parameter `timeout`, in seconds; never more than `OPSC_QUERY_SECONDS`.",
        between=(0, 86_400),
        default_text="0: `OPSC_QUERY_SECONDS`",
    )
    queue: int = setting(
        64,
        "OPSC_QUERY_QUEUE",
        "Maximum number of queries running or waiting, not counting long ones; further ones are refused with 503.",
        between=(1, math.inf),
    )
    quick_seconds: float = setting(
        0.02,
        "OPSC_QUICK_SECONDS",
        "Processor time after which a query counts as slow and gives way to other queries, in seconds.",
        between=(0.01, 86_400),
    )
    slow_workers: int = setting(
        4 * max(2, os.cpu_count() or 1),
        "OPSC_SLOW_QUERIES",
        "Maximum number of slow queries that run in a process of their own; further ones keep their process of "
        "`OPSC_WORKERS`.",
        between=(0, math.inf),
        default_text="four times the number of processors, at least 8",
    )
    long_seconds: float = setting(
        0.1,
        "OPSC_LONG_SECONDS",
        "Processor time after which a query counts as long, in seconds; the number of long queries is limited.",
        between=(0.01, 86_400),
    )
    long_workers: int = setting(
        max(2, os.cpu_count() or 1),
        "OPSC_LONG_QUERIES",
        "Maximum number of long queries running at the same time, each in a process of its own.",
        between=(1, math.inf),
        default_text="the number of processors, at least 2",
    )
    long_queue: int = setting(
        16,
        "OPSC_LONG_QUEUE",
        "Maximum number of long queries waiting for one of these processes, where they start again; further ones are "
        "refused with 503.",
        between=(0, math.inf),
    )
    memory: int = setting(
        2_147_483_648,
        "OPSC_WORKER_MEMORY",
        "Maximum address space of a query process, in bytes; a query that needs more is stopped. 0 sets no limit.",
        between=(0, 2**50),
    )
    default_graph: str = setting(
        "merged",
        "OPSC_DEFAULT_GRAPH",
        "Default graph of queries without FROM: the merge of all named graphs (merged), or only the default graph's "
        "own triples (own).",
        choices=DEFAULT_GRAPHS,
    )

    @property
    def capacity(self) -> int:
        """The maximum number of queries running or waiting at the same time."""
        return self.queue + self.slow_workers + self.long_workers + self.long_queue


@dataclass(frozen=True)
class CommandLimits:
    """Timeouts of commands."""

    validation_seconds: float = setting(
        600.0,
        "OPSC_COMMAND_SECONDS",
        "Timeout for `opsc validate`, in seconds.",
        between=(0.1, 86_400),
    )


@dataclass(frozen=True)
class ContributionLimits:
    """Limits on a contribution."""

    size: int = setting(
        10_000_000,
        "OPSC_CONTRIBUTION_BYTES",
        "Maximum size of a contribution, in bytes; a larger one is recorded and refused.",
        between=(1, math.inf),
    )


@dataclass(frozen=True)
class DecisionLimits:
    """How senders of contributions and updates over HTTP share the time for decisions."""

    queue: int = setting(
        32,
        "OPSC_DECISION_QUEUE",
        "Maximum number of submissions that wait for a decision; further ones are not recorded, and refused with 503.",
        between=(1, math.inf),
    )
    sender_queue: int = setting(
        8,
        "OPSC_SENDER_QUEUE",
        "The same for the submissions of one sender; further ones are not recorded, and refused with 429.",
        between=(1, math.inf),
    )
    sender_bytes: int = setting(
        100_000_000,
        "OPSC_SENDER_BYTES",
        "Maximum size of all submissions of one sender that are undecided, or accepted and not retracted, in bytes.",
        between=(1, math.inf),
    )


@dataclass(frozen=True)
class DownloadLimits:
    """Limits on the download files."""

    seconds: float = setting(
        60.0,
        "OPSC_DOWNLOAD_SECONDS",
        "Timeout for generating the download files of a version, in seconds.",
        between=(0.1, 86_400),
    )
    size: int = setting(
        1_000_000_000,
        "OPSC_DOWNLOAD_BYTES",
        "Maximum disk space for download files, in bytes; the least recently used are deleted, and generated again on "
        "request.",
        between=(1, math.inf),
    )
    queue: int = setting(
        4,
        "OPSC_DOWNLOAD_QUEUE",
        "Maximum number of requests waiting for download files to be generated; further ones are refused with 503.",
        between=(1, math.inf),
    )
    resumed: int = setting(
        4,
        "OPSC_DOWNLOAD_RESUMED",
        "Maximum number of downloads being resumed (range requests) at the same time; further ones are refused with "
        "503.",
        between=(1, math.inf),
    )

    @property
    def threads(self) -> int:
        """The maximum number of server threads that downloads occupy; the server starts as many more."""
        return self.queue + self.resumed

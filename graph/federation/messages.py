"""What passes between the process that holds the graph and the one that asks another endpoint."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Question:
    """What one SERVICE clause asks of which endpoint.

    ``query`` gives the solutions of its group for ``variables``, the names of those that are visible outside of it.
    """

    endpoint: str
    query: str
    variables: tuple[str, ...]
    silent: bool


@dataclass(frozen=True)
class Table:
    """The solutions of a SERVICE clause: rows of a ``VALUES`` clause, and which of its variables hold blank nodes.

    A blank node is a literal, as ``VALUES`` has no form for it; its datatype is the mark that was asked for.
    """

    rows: str
    blank: tuple[str, ...] = ()

"""The messages between the process that holds the graph and the one that queries another endpoint."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ServiceRequest:
    """The query that a SERVICE clause sends to an endpoint, and the names of its in-scope variables.

    ``silent`` says that the clause is SERVICE SILENT.
    """

    endpoint: str
    query: str
    variables: tuple[str, ...]
    silent: bool


@dataclass(frozen=True)
class ServiceSolutions:
    """The solutions of a SERVICE clause: rows of a VALUES clause, and the variables that are bound to blank nodes.

    VALUES cannot hold blank nodes, so they are literals of a datatype that the request chose.
    """

    rows: str
    blank: tuple[str, ...] = ()

"""A query request with the formats that were negotiated for it: what is to be answered, and how the answer is sent."""

from typing import Final, NamedTuple

from endpoint.http import negotiation
from endpoint.http.headers import HeaderList
from endpoint.http.negotiation import Choice, Choices
from endpoint.http.sparql_protocol import QueryRequest
from graph.sparql import formats
from graph.sparql.engine import Query
from graph.sparql.serialize import QueryResult

_SPREADSHEET: Final = Choices(Choice(formats.SPREADSHEET, formats.SPREADSHEET.media_type), None)


class Question(NamedTuple):
    """A request with a query, and what to write its answer in."""

    asked: QueryRequest
    choices: Choices

    def for_spreadsheet(self) -> "Question":
        """Return the request with a result for spreadsheet programs, whatever was negotiated."""
        return self._replace(choices=_SPREADSHEET)

    def query(self) -> Query:
        """Return the query, with the formats for its result."""
        asked, choices = self.asked, self.choices
        return Query(
            asked.query or "",
            asked.default_graphs,
            asked.named_graphs,
            choices.solutions.format if choices.solutions else None,
            choices.graph.format if choices.graph else None,
        )

    def headers(self, answer: QueryResult) -> HeaderList:
        """Return the headers of an answer."""
        choice = self.choices.graph if answer.kind == "graph" else self.choices.solutions
        return [
            ("content-type", choice.content_type if choice else answer.format.media_type),
            ("vary", "Accept"),
            # What other endpoints had part in belongs to no version of the graph alone, so that nobody may keep it.
            ("cache-control", "no-store" if answer.federated else "public"),
        ]


def question(asked: QueryRequest, accept: str | None) -> Question:
    """Return a request with the formats for it; raise ``RequestProblem`` when it names one that is not known."""
    return Question(asked, negotiation.negotiate(accept, asked.formats))

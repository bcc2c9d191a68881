import pickle

import pytest

from graph.sparql.errors import QueryError, QuerySyntaxError


def test_the_codes_differ() -> None:
    codes = [kind.code for kind in QueryError.__subclasses__()]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize("kind", QueryError.__subclasses__(), ids=lambda kind: kind.__name__)
def test_an_error_passes_between_processes_unchanged(kind: type[QueryError]) -> None:
    error = QuerySyntaxError("reason", 3, 4) if kind is QuerySyntaxError else kind("reason")
    received = pickle.loads(pickle.dumps(error))  # noqa: S301 - what a pool does with its own errors
    assert (type(received), str(received), vars(received)) == (kind, str(error), vars(error))

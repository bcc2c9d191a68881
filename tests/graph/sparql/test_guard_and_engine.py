"""What the guard lets pass, of any length and form, never ends the process that evaluates it."""

import contextlib
from collections.abc import Iterator
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.pool.query_pool import QueryPool
from graph.settings import QueryLimits, WorkerSettings
from graph.sparql.dataset import load_nquads
from graph.sparql.engine import Query
from graph.sparql.errors import QueryCrashed, QueryError, Unavailable
from tests.generated import cases

DEADLINE = 0.3
LENGTH = QueryLimits().length


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[QueryPool]:
    graph = tmp_path_factory.mktemp("graph") / "graph.nq"
    graph.write_text("".join(f"<a:{n}> <a:p> <a:{n + 1}> <a:g> .\n" for n in range(50)))
    started = QueryPool(partial(load_nquads, graph), QueryLimits(), WorkerSettings(workers=1, deadline=DEADLINE))
    started.start()
    yield started
    started.close()


# The beginning of a query, what may be repeated in it, what stands innermost, and its end.
CHAINS = [
    ("SELECT * { ?s ?p (", ["1 ", "?o ", "'a'@en--ltr ", "<a:b> ", "[] "], "", ") }"),
    (
        "SELECT * { ?s ?p ?o ",
        ["~", "~?r", "~<a:b>", "~_:b ", "{|?p?o|}", "~?r{|?q?z|}", ";?p?o", ",?o", ",?o~?r"],
        "",
        " }",
    ),
    (
        "SELECT * { ",
        ["?s?p?o.", "<<?s?p?o>>?q?z.", "<<?s?p?o~?r>>?q?z.", "?s?p<<(?a?b?c)>>.", "{?s?p?o}", "[]?p?o."],
        "",
        "}",
    ),
    ("SELECT * { ?s ?p ", ["<<(?s?p ", "<<?s?p ", "[?p ", "("], "?o ", "}"),
    ("SELECT * { VALUES ?x {", ["1 ", "<<(<a:b><a:c>1)>>", "'a'@ar--rtl ", "UNDEF "], "", "} }"),
    ("SELECT * { ?s ?p ?o FILTER(?o IN(1", [",1", ",TRIPLE(?s,?p,?o)", ",<<(?s?p?o)>>", ",isTRIPLE(?o)"], "", ")) }"),
    (
        "SELECT (COALESCE(1",
        [",LANGDIR(?x)", ",SUBJECT(?x)", ",STRLANGDIR('a','en','ltr')", ",hasLANG(?x)"],
        "",
        ") AS ?y) {}",
    ),
    ("", ["VERSION '1.2' ", "BASE <http://e/> ", "PREFIX a: <http://e/> "], "", "SELECT * {}"),
    ("DESCRIBE ", ["<a:> ", "?s "], "", "{ ?s ?p ?o }"),
    ("SELECT ?s { ?s ?p ?o } GROUP BY ?s HAVING ", ["(?s)", "(1=1)", "(EXISTS{?s?p?o})"], "", ""),
    ("CONSTRUCT { ?s ?p ?o ", [";?p?o", ",?o", "~?r", "{|?p?o|}", ",<<(?s?p?o)>>"], "", "} { ?s ?p ?o }"),
    ("SELECT * { ?s ", ["<a:p>/", "^<a:p>|", "!<a:p>|", "(<a:p>/"], "<a:p>", " ?o }"),
    ("SELECT * { ?s ?p ?o ", ["OPTIONAL{?s?p?o}", "LATERAL{?s?p?o}", "MINUS{?s?p?o}", "BIND(1 AS ?x)"], "", "}"),
]
CLOSING = {"<<(?s?p ": ")>>", "<<?s?p ": ">>", "[?p ": "]", "(": ")", "(<a:p>/": ")"}
PLACES = st.sampled_from(CHAINS).flatmap(
    lambda chain: st.tuples(
        st.just(chain[0]),
        st.lists(st.sampled_from(chain[1]), min_size=1, max_size=3),
        st.just(chain[2]),
        st.just(chain[3]),
        st.sampled_from([1, 5, 90, 480, 4_000, LENGTH]),
        st.booleans(),
    )
)


def closing(pieces: list[str]) -> str:
    return "".join(CLOSING.get(piece, "") for piece in reversed(pieces))


@pytest.mark.parametrize(
    ("beginning", "piece", "innermost", "end"),
    [(beginning, piece, innermost, end) for beginning, pieces, innermost, end in CHAINS for piece in pieces],
)
def test_a_chain_of_one_is_answered(pool: QueryPool, beginning: str, piece: str, innermost: str, end: str) -> None:
    """A chain that were no query would be refused at any length, and show nothing of the engine."""
    assert pool.answer(Query(beginning + piece + innermost + closing([piece]) + end), 10).kind


@settings(max_examples=cases(120), derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(PLACES)
def test_no_chain_ends_the_process(pool: QueryPool, place: tuple[str, list[str], str, str, int, bool]) -> None:
    beginning, pieces, innermost, end, times, closed = place
    piece = "".join(pieces)
    times = min(times, (LENGTH - len(beginning) - len(innermost) - len(end)) // (2 * len(piece)))
    closes = closing(pieces) * times if closed else ""
    with contextlib.suppress(QueryError):
        try:
            pool.answer(Query(beginning + piece * times + innermost + closes + end))
        except (QueryCrashed, Unavailable) as error:
            pytest.fail(f"{piece!r} {times} times: {error}")

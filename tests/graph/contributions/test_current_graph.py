"""The graph after changes that were applied to it in memory is the graph as loaded from disk."""

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest
from pyoxigraph import DefaultGraph, Quad, Store

from graph.contributions.contributions import Contributions
from graph.contributions.current_graph import apply_changes, changes_between, load_version
from graph.contributions.submission import Submission
from graph.settings import QueryLimits
from graph.sparql.dataset import DefaultGraphMode
from graph.sparql.engine import Query, QueryEngine
from graph.sparql.formats import N_TRIPLES
from graph.versions.ledger import Ledger
from graph.versions.release import Release
from ontology import iris
from ontology.terms import RDF, SKOS
from tests.described import body

Submit = Callable[..., Submission]
TRIPLES = Query("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }", graph_format=N_TRIPLES)
GRAPHS = Query("SELECT ?g ?s ?p ?o WHERE { GRAPH ?g { ?s ?p ?o } }")
SHARED = (
    body("https://example.org/shared", "Shared")
    + "<https://example.org/shared> <https://example.org/number> 007, 7, 1.50 ."
)
UPDATE = "application/sparql-update"


def engine_at(home: Path, version: str, mode: DefaultGraphMode) -> QueryEngine:
    return QueryEngine(load_version(home, version, mode), QueryLimits(), default_apart=True)


def lines(engine: QueryEngine, query: Query) -> list[bytes]:
    return sorted(engine.answer(query).body.split(b"\n" if query is TRIPLES else b"},{"))


def default_graph(store: Store) -> set[Quad]:
    return set(store.quads_for_pattern(None, None, None, DefaultGraph()))


def contribute(contributions: Contributions, submission: Submit, gazette: str, dated_claim: str) -> list[str]:
    """Submit facts, claims, triples of several graphs and updates, retract some, and return every version."""

    def update(text: str) -> Submission:
        prefix = "PREFIX e: <https://example.org/> "
        return Submission(
            (prefix + text).encode(), UPDATE, "update.ru", "Treaty office", iris.graph("source"), operation="update"
        )

    graph = "<https://example.org/graph>"
    sent = [
        submission(gazette.format(name="a")),
        submission(dated_claim.format(date="2001-10-02", source="untc-2015")),
        submission(SHARED),
        submission(SHARED),
        update(f"INSERT DATA {{ GRAPH {graph} {{ e:s e:number 0042, 1 ; e:text 'a' }} }}"),
        submission(dated_claim.format(date="2001-10-05", source="hr-status-2022")),
        update(f"DELETE DATA {{ GRAPH {graph} {{ e:s e:number 42 }} }}"),
        update(f"CLEAR GRAPH {graph}"),
    ]
    versions = [contributions.version]
    for one in sent:
        decision = contributions.submit(one)
        assert decision.accepted, decision
        versions.append(decision.version)
    for number in (3, 6, 1):
        retracted = contributions.retract(number, "Treaty office")
        assert retracted.accepted, retracted
        versions.append(retracted.version)
    return versions


@pytest.mark.parametrize("mode", ["merged", "own"])
def test_changes_in_memory_make_the_graph_that_is_loaded_from_disk(
    home: Path, submission: Submit, gazette: str, dated_claim: str, mode: DefaultGraphMode
) -> None:
    versions = contribute(Contributions(home), submission, gazette, dated_claim)
    stepwise, at_once = engine_at(home, versions[0], mode), engine_at(home, versions[0], mode)
    for before, after in itertools.pairwise(versions):
        changes = changes_between(home, before, after)
        assert changes is not None
        assert len(changes) == 1
        apply_changes(stepwise, changes, mode)
        loaded = engine_at(home, after, mode)
        assert set(stepwise.store) == set(loaded.store)
        assert default_graph(stepwise.store) == default_graph(loaded.store)
        assert set(stepwise.store.named_graphs()) == set(loaded.store.named_graphs())
        assert lines(stepwise, TRIPLES) == lines(loaded, TRIPLES)
        assert len(lines(stepwise, GRAPHS)) == len(lines(loaded, GRAPHS))
    apply_changes(at_once, changes_between(home, versions[0], versions[-1]) or [], mode)
    assert set(at_once.store) == set(stepwise.store)
    assert lines(at_once, TRIPLES) == lines(stepwise, TRIPLES)


def test_no_changes_lead_backwards_to_the_same_version_or_to_an_unknown_one(
    home: Path, submission: Submit, gazette: str
) -> None:
    contributions = Contributions(home)
    release = contributions.version
    first = contributions.submit(submission(gazette.format(name="a"))).version
    assert changes_between(home, release, first) == Ledger(home).lineage(first)[1:]
    for before, after in [(first, release), (first, first), ("0" * 64, first), (first, "0" * 64), ("", first)]:
        assert changes_between(home, before, after) is None


def test_no_changes_lead_over_a_new_release(
    home: Path, submission: Submit, gazette: str, write_release: Callable[..., Release]
) -> None:
    contributions = Contributions(home)
    first = contributions.submit(submission(gazette.format(name="a"))).version
    write_release(home, Quad(iris.concept("figure", "adoption"), RDF.type, SKOS.Concept, iris.graph("schemes")))
    replayed = contributions.version
    second = contributions.submit(submission(gazette.format(name="b"))).version
    assert changes_between(home, first, replayed) is None
    assert changes_between(home, first, second) is None
    assert len(changes_between(home, replayed, second) or ()) == 1

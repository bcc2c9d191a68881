"""Updates and writes to graphs: what they change, whose graphs they may touch, and how they are taken back."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, Quad

from graph.contributions.contributions import Contributions, Decision
from graph.contributions.submission import RequestParameters, Submission
from graph.effects.graphs import contribution_graph, derived_graph
from graph.updates.capture import RecordingUpdate
from graph.versions.release import Release
from graph.views.named_graph import content_digest
from ontology import iris
from ontology.terms import OPSC
from tests.described import body
from tests.graph.conftest import PREFIXES

Submit = Callable[..., Submission]
WriteRelease = Callable[..., Release]

E = "https://example.org/"
DECLARED = f"PREFIX e: <{E}> PREFIX opsc: <https://w3id.org/opsc/ns#>\n"
MINE = NamedNode(f"{E}mine")


@pytest.fixture
def contributions(home: Path) -> Contributions:
    return Contributions(home)


class Sender:
    """Somebody who sends updates and graphs."""

    def __init__(self, contributions: Contributions, submission: Submit, submitter: str = "Treaty office") -> None:
        self.contributions = contributions
        self._submission = submission
        self._submitter = submitter

    def update(self, text: str, **parameters: tuple[str, ...]) -> Decision:
        sent = self._submission((DECLARED + text).encode(), "application/sparql-update", self._submitter)
        return self._send(replace(sent, operation="update", parameters=RequestParameters(**parameters)))

    def write(
        self, operation: str, turtle: str = "", target: NamedNode | None = MINE, **parameters: tuple[str, ...]
    ) -> Decision:
        sent = self._submission((PREFIXES + f"@prefix e: <{E}> .\n" + turtle).encode(), submitter=self._submitter)
        changed = replace(sent, operation=operation, target=target, parameters=RequestParameters(**parameters))  # type: ignore[arg-type]
        return self._send(changed)

    def _send(self, sent: Submission) -> Decision:
        return self.contributions.submit(sent)


@pytest.fixture
def office(contributions: Contributions, submission: Submit) -> Sender:
    return Sender(contributions, submission)


@pytest.fixture
def ministry(contributions: Contributions, submission: Submit) -> Sender:
    return Sender(contributions, submission, "Ministry")


def lines(contributions: Contributions, graph: NamedNode) -> set[str]:
    """Return the triples of a graph, with what stands for the base of the examples left out."""
    found = [quad for quad in contributions.quads() if quad.graph_name == graph]
    return {f"{quad.subject} {quad.predicate} {quad.object}".replace(E, "") for quad in found}


def stands_as_it_was(contributions: Contributions, home: Path) -> bool:
    """Whether the graph in memory holds what is on disk, so that nothing of a refusal is left in it."""
    inside = contributions._workspace.checkout().dataset
    fresh = Contributions(home)._workspace.checkout().dataset
    return set(inside) == set(fresh) and set(inside.named_graphs()) == set(fresh.named_graphs())


def test_an_update_fills_a_graph_that_is_its_senders_from_then_on(
    contributions: Contributions, office: Sender, ministry: Sender
) -> None:
    decision = office.update("INSERT DATA { GRAPH e:mine { e:a e:p e:b } }")
    assert (decision.accepted, decision.graph, decision.version) == (True, None, contributions.version)
    assert lines(contributions, MINE) == {"<a> <p> <b>"}
    assert office.update("INSERT DATA { GRAPH e:mine { e:c e:p e:d } }").accepted
    refusal = ministry.update("INSERT DATA { GRAPH e:mine { e:e e:p e:f } }")
    assert (refusal.accepted, refusal.code) == (False, "foreign-graph")


def test_a_name_is_not_given_again_when_its_graph_is_empty(office: Sender, ministry: Sender) -> None:
    office.update("INSERT DATA { GRAPH e:mine { e:a e:p e:b } }")
    assert office.update("DROP GRAPH e:mine").accepted
    assert ministry.write("put", "e:a e:p e:b .").code == "foreign-graph"
    assert office.write("put", "e:a e:p e:b .").accepted


FOREIGN = {
    "clear all": "CLEAR ALL",
    "clear named": "CLEAR NAMED",
    "clear default": "CLEAR DEFAULT",
    "drop": "DROP GRAPH <https://w3id.org/opsc/graph/participation>",
    "drop silently": "DROP SILENT GRAPH <https://w3id.org/opsc/graph/participation>",
    "move": "MOVE <https://w3id.org/opsc/graph/participation> TO e:mine",
    "move to the default graph": "MOVE <https://w3id.org/opsc/graph/participation> TO DEFAULT",
    "copy over": "COPY e:mine TO <https://w3id.org/opsc/graph/participation>",
    "copy over the default graph": "COPY e:mine TO DEFAULT",
    "add": "ADD e:mine TO <https://w3id.org/opsc/graph/participation>",
    "a free name of ours": "INSERT DATA { GRAPH <https://w3id.org/opsc/graph/more> { e:a e:p e:b } }",
    "a free name of ours in capitals": "INSERT DATA { GRAPH <HTTPS://W3ID.ORG/opsc/graph/more> { e:a e:p e:b } }",
    "the next contribution": "INSERT DATA { GRAPH <https://w3id.org/opsc/graph/contribution/3> { e:a e:p e:b } }",
    "provenance": "DELETE WHERE { GRAPH <https://w3id.org/opsc/graph/contributions> { ?s ?p ?o } }",
    "marks": "INSERT DATA { GRAPH <https://w3id.org/opsc/graph/contribution/2/derived> { e:a e:p e:b } }",
    "every date": "DELETE { ?s opsc:dateLatest ?o } WHERE { ?s opsc:dateLatest ?o }",
    "every graph": "DELETE { GRAPH ?g { ?s ?p ?o } } WHERE { GRAPH ?g { ?s ?p ?o } }",
    "there and back": (
        "INSERT DATA { GRAPH <https://w3id.org/opsc/graph/participation> { e:a e:p e:b } } ; "
        "DELETE DATA { GRAPH <https://w3id.org/opsc/graph/participation> { e:a e:p e:b } }"
    ),
    "one of many": "INSERT DATA { GRAPH e:mine { e:a e:p e:c } } ; CLEAR DEFAULT",
}


@pytest.mark.parametrize("text", FOREIGN.values(), ids=FOREIGN)
def test_a_graph_of_somebody_else_is_not_touched(
    contributions: Contributions, office: Sender, home: Path, text: str
) -> None:
    office.update("INSERT DATA { GRAPH e:mine { e:a e:p e:b } }")
    before = contributions.nquads()
    decision = office.update(text)
    assert (decision.accepted, decision.code) == (False, "foreign-graph")
    assert contributions.nquads() == before
    assert stands_as_it_was(contributions, home)


def test_a_graph_of_a_release_outside_of_our_names_is_nobodys_either(
    home: Path, office: Sender, write_release: WriteRelease
) -> None:
    write_release(home, Quad(NamedNode(f"{E}a"), NamedNode(f"{E}p"), NamedNode(f"{E}b"), MINE))
    assert office.write("post", "e:c e:p e:d .").code == "foreign-graph"


@pytest.mark.parametrize(
    "subject", ["opsc:State", "<https://w3id.org/opsc/id/contribution/1>", "<https://w3id.org/opsc/graph/derived>"]
)
def test_the_vocabulary_and_records_are_not_described(office: Sender, subject: str) -> None:
    text = f"INSERT DATA {{ GRAPH e:mine {{ {subject} e:p e:b }} }}"
    assert office.update(text).code == "reserved"


def test_the_default_graph_is_the_merge(contributions: Contributions, office: Sender) -> None:
    office.update("INSERT DATA { GRAPH e:one { e:a e:p e:b . e:c e:p e:d } GRAPH e:two { e:a e:p e:b } }")
    assert office.update("INSERT DATA { e:a e:p e:b }").unchanged
    assert office.update("DELETE DATA { e:a e:p e:b } ; INSERT DATA { e:new e:p e:b }").accepted
    assert lines(contributions, NamedNode(f"{E}one")) == {"<c> <p> <d>"}
    assert lines(contributions, NamedNode(f"{E}two")) == set()
    assert lines(contributions, contribution_graph(3)) == {"<new> <p> <b>"}


def test_each_operation_sees_what_those_before_it_did(contributions: Contributions, office: Sender) -> None:
    office.update(
        "INSERT DATA { GRAPH e:mine { e:a e:p e:b } } ;\n"
        "PREFIX f: <https://example.org/> INSERT { GRAPH e:mine { ?o f:q ?s } } WHERE { ?s f:p ?o } ;\n"
        "WITH e:mine DELETE { ?s e:p ?o } INSERT { ?s e:was ?o } WHERE { ?s e:p ?o }"
    )
    assert lines(contributions, MINE) == {"<b> <q> <a>", "<a> <was> <b>"}


def test_what_is_moved_to_the_default_graph_in_one_operation_is_not_lost(
    contributions: Contributions, office: Sender
) -> None:
    office.update("INSERT DATA { GRAPH e:mine { e:a e:p e:b } }")
    office.update("DELETE { GRAPH e:mine { ?s ?p ?o } } INSERT { ?s ?p ?o } WHERE { GRAPH e:mine { ?s ?p ?o } }")
    assert lines(contributions, MINE) == set()
    assert lines(contributions, contribution_graph(2)) == {"<a> <p> <b>"}


@pytest.mark.parametrize(("using", "count"), [((f"{E}one",), 2), ((f"{E}one", f"{E}two"), 3), ((f"{E}nowhere",), 0)])
def test_the_request_chooses_the_dataset_and_a_merge_counts_once(
    contributions: Contributions, office: Sender, using: tuple[str, ...], count: int
) -> None:
    office.update("INSERT DATA { GRAPH e:one { e:a e:p e:b . e:c e:p e:d } GRAPH e:two { e:a e:p e:b . e:e e:p e:f } }")
    count_all = "INSERT { GRAPH e:mine { e:n e:is ?n } } %s WHERE { SELECT (COUNT(*) AS ?n) { ?s ?p ?o } }"
    office.update(count_all % "", using=using)
    wanted = {f'<n> <is> "{count}"^^<http://www.w3.org/2001/XMLSchema#integer>'}
    assert lines(contributions, MINE) == wanted
    office.update("CLEAR GRAPH e:mine ;" + count_all % " ".join(f"USING <{iri}>" for iri in using))
    assert lines(contributions, MINE) == wanted


def test_a_named_dataset_is_for_delete_where_too(contributions: Contributions, office: Sender) -> None:
    office.update("INSERT DATA { GRAPH e:mine { e:a e:p e:b } }")
    assert office.update("DELETE WHERE { GRAPH e:mine { ?s ?p ?o } }", using=(f"{E}mine",)).unchanged
    assert office.update("DELETE WHERE { GRAPH e:mine { ?s ?p ?o } }", using_named=(f"{E}mine",)).accepted
    assert lines(contributions, MINE) == set()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("LOAD <http://127.0.0.1:1/>", "load-refused"),
        ("INSERT {} WHERE { SERVICE <http://127.0.0.1:1/> {} }", "service-refused"),
        ("SELECT * {}", "query-refused"),
        ("INSERT DATA { e:a e:p }", "syntax-error"),
        ("INSERT DATA " + "{" * 3000, "query-too-deep"),
        ("INSERT { e:a e:p e:b } WHERE { FILTER(e:unknown(1)) } ; INSERT { e:a e:p ?b } WHERE { BIND(e:f() AS ?b) }",
         "evaluation-failed"),
        ("INSERT DATA { << e:a e:p e:b >> e:p e:c }", "rdf-1.2"),
        ("DROP GRAPH e:nowhere", "graph-unknown"),
        ("CREATE GRAPH <https://w3id.org/opsc/graph/participation>", "graph-exists"),
    ],
)  # fmt: skip
def test_an_update_that_cannot_be_used_is_recorded_and_refused(
    contributions: Contributions, office: Sender, home: Path, text: str, code: str
) -> None:
    decision = office.update(text)
    assert (decision.accepted, decision.code, decision.report) == (False, code, None)
    assert contributions.contribution(1).operation == "update"
    assert stands_as_it_was(contributions, home)


def test_a_graph_in_memory_that_the_engine_wrote_into_is_thrown_away(
    contributions: Contributions, office: Sender, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        RecordingUpdate, "text", lambda *_: f"INSERT {{ GRAPH <{E}hidden> {{ <{E}a> <{E}b> 1 }} }} WHERE {{}}"
    )
    decision = office.update("INSERT { e:a e:p e:b } WHERE {}")
    assert (decision.accepted, decision.code) == (False, "evaluation-failed")
    assert stands_as_it_was(contributions, home)
    assert f"{E}hidden".encode() not in contributions.nquads()


def test_blank_nodes_become_names_that_their_sender_may_use_again(
    contributions: Contributions, office: Sender, ministry: Sender
) -> None:
    office.update("INSERT DATA { GRAPH e:mine { [] e:p [ e:q 1 ] } }")
    subjects = {quad.subject for quad in contributions.quads() if quad.graph_name == MINE}
    assert subjects == {iris.thing("contribution", "1", "1"), iris.thing("contribution", "1", "2")}
    node = iris.thing("contribution", "1", "1")
    assert office.update(f"INSERT DATA {{ GRAPH e:mine {{ {node} e:r 2 }} }}").accepted
    assert ministry.update(f"INSERT DATA {{ GRAPH e:theirs {{ {node} e:r 2 }} }}").code == "reserved"


def test_put_replaces_post_merges_and_delete_drops(contributions: Contributions, office: Sender) -> None:
    first = office.write("put", "e:a e:p e:b, 007 .")
    assert (first.accepted, first.graph) == (True, MINE)
    assert office.write("put", "e:a e:p 7 ; e:q e:c .").accepted
    integer = '"7"^^<http://www.w3.org/2001/XMLSchema#integer>'
    assert lines(contributions, MINE) == {f"<a> <p> {integer}", "<a> <q> <c>"}
    assert office.write("post", "e:a e:q e:c, e:d .").accepted
    assert lines(contributions, MINE) == {f"<a> <p> {integer}", "<a> <q> <c>", "<a> <q> <d>"}
    assert office.write("delete").accepted
    assert lines(contributions, MINE) == set()
    assert office.write("delete").code == "graph-unknown"
    assert [record.operation for record in contributions.entries()] == ["put", "put", "post", "delete", "delete"]


def test_what_changes_nothing_is_let_in_without_a_version(contributions: Contributions, office: Sender) -> None:
    office.write("put", "e:a e:p e:b .")
    version = contributions.version
    decision = office.write("put", "e:a e:p e:b .")
    assert (decision.accepted, decision.unchanged, decision.version) == (True, True, version)
    assert contributions.version == version
    assert contributions.retract(2, "Editor").accepted
    assert contributions.version == version


def test_a_contribution_with_literals_in_other_forms_can_be_changed_and_rebuilt(
    contributions: Contributions, office: Sender, home: Path, write_release: WriteRelease
) -> None:
    office.write("contribution", f"e:a e:p 007, 'x'@EN-gb ; e:q e:b . {body(f'{E}office', 'Office')}", None)
    own = contribution_graph(1).value
    assert office.update(f"DELETE WHERE {{ GRAPH <{own}> {{ e:a e:p ?o }} }}").accepted
    left = lines(contributions, contribution_graph(1))
    assert {line for line in left if "<office>" not in line} == {"<a> <q> <b>"}
    assert stands_as_it_was(contributions, home)
    write_release(home, Quad(NamedNode(f"{E}x"), NamedNode(f"{E}p"), NamedNode(f"{E}y"), iris.graph("background")))
    assert lines(contributions, contribution_graph(1)) == left
    assert stands_as_it_was(contributions, home)
    assert contributions.retract(2, "Editor").accepted
    assert len(lines(contributions, contribution_graph(1))) == 6
    assert stands_as_it_was(contributions, home)


def test_writes_to_the_default_graph_follow_the_rule_of_updates(contributions: Contributions, office: Sender) -> None:
    assert office.write("post", "e:a e:p e:b .", None).accepted
    assert lines(contributions, contribution_graph(1)) == {"<a> <p> <b>"}
    assert office.write("put", "e:a e:p e:b .", None).code == "foreign-graph"
    assert office.write("delete", "", None).code == "foreign-graph"


def test_what_others_rest_on_cannot_be_removed(
    contributions: Contributions, office: Sender, ministry: Sender, gazette: str, dated_claim: str, home: Path
) -> None:
    assert office.write("put", gazette.format(name="a")).accepted
    claim = dated_claim.format(date="2001-10-02", source="X").replace(
        "https://w3id.org/opsc/id/source/X", f"{E}source/a"
    )
    assert ministry.write("contribution", claim, None).accepted
    for decision in (office.write("delete"), office.update("DROP GRAPH e:mine")):
        assert (decision.accepted, decision.code) == (False, "not-conforming")
        assert decision.report is not None
        assert not decision.report.conforms
    assert stands_as_it_was(contributions, home)
    assert contributions.retract(2, "Ministry").accepted
    assert office.write("delete").accepted


def agreements(contributions: Contributions, number: int) -> list[str]:
    marks = derived_graph(number)
    found = [
        quad
        for quad in contributions.quads()
        if quad.graph_name == marks and quad.predicate == OPSC.agreement and "/action/" not in str(quad.subject)
    ]
    return [str(quad.object).rpartition("/")[2].rstrip(">") for quad in found]


def test_the_marks_of_a_graph_are_made_anew_when_it_changes(
    contributions: Contributions, office: Sender, dated_claim: str
) -> None:
    office.write("put", dated_claim.format(date="2001-10-05", source="untc-2015"))
    assert agreements(contributions, 1) == ["conflict"]
    office.write("put", dated_claim.format(date="2001-10-02", source="untc-2015"))
    assert (agreements(contributions, 1), agreements(contributions, 2)) == (["single-source"], [])
    assert contributions.retract(2, "Editor").accepted
    assert agreements(contributions, 1) == ["conflict"]
    office.write("delete")
    assert agreements(contributions, 1) == []


def test_the_graph_says_which_graphs_a_submission_changed(contributions: Contributions, office: Sender) -> None:
    office.update("INSERT DATA { GRAPH e:one { e:a e:p e:b } GRAPH e:two { e:a e:p e:b } }")
    record = iris.thing("contribution", "1")
    graphs = {
        quad.object
        for quad in contributions.quads()
        if (quad.subject, quad.predicate) == (record, OPSC.contributedGraph)
    }
    assert graphs == {NamedNode(f"{E}one"), NamedNode(f"{E}two")}


def test_retraction_brings_back_what_was_removed(contributions: Contributions, office: Sender) -> None:
    office.write("put", "e:a e:p e:b .")
    before = lines(contributions, MINE)
    office.update("WITH e:mine DELETE { e:a ?p ?o } INSERT { e:a e:q 1 } WHERE { e:a ?p ?o }")
    assert contributions.retract(2, "Editor").accepted
    assert lines(contributions, MINE) == before
    assert b"contribution/2" not in contributions.nquads()


def test_what_was_changed_later_is_not_retracted_first(contributions: Contributions, office: Sender) -> None:
    office.write("put", "e:a e:p e:b .")
    office.update("DELETE DATA { GRAPH e:mine { e:a e:p e:b } }")
    version = contributions.version
    decision = contributions.retract(1, "Editor")
    assert (decision.accepted, decision.code, contributions.version) == (False, "changed-since", version)
    assert "contribution 2" in str(decision.problem)
    assert contributions.retract(2, "Editor").accepted
    assert contributions.retract(1, "Editor").accepted
    assert lines(contributions, MINE) == set()


def test_a_new_release_keeps_what_was_written(
    contributions: Contributions, office: Sender, home: Path, write_release: WriteRelease
) -> None:
    office.write("put", "e:a e:p e:b, e:c .")
    office.update("DELETE DATA { GRAPH e:mine { e:a e:p e:b } }")
    before = lines(contributions, MINE), contributions.version
    write_release(home, Quad(NamedNode(f"{E}x"), NamedNode(f"{E}p"), NamedNode(f"{E}y"), iris.graph("background")))
    assert lines(contributions, MINE) == before[0]
    assert [version.kind for version in contributions.versions()][-2:] == ["replay", "replay"]
    write_release(home)
    assert (lines(contributions, MINE), contributions.version) == before


def test_a_removal_holds_again_on_a_release_that_lets_in_what_it_removes(
    contributions: Contributions, office: Sender, home: Path, write_release: WriteRelease, gazette: str
) -> None:
    assert office.write("put", gazette.format(name="a") + "e:a e:p e:b .").accepted
    assert office.update("DELETE DATA { GRAPH e:mine { e:a e:p e:b } }").accepted
    before = lines(contributions, MINE)
    write_release(home, Quad(NamedNode(f"{E}source/a"), OPSC.sourceAsOf, Literal("2008"), iris.graph("sources")))
    assert (lines(contributions, MINE), list(contributions.unapplied)) == (set(), [1])
    write_release(home)
    assert lines(contributions, MINE) == before


def test_a_write_may_depend_on_the_state_of_its_target(office: Sender, home: Path) -> None:
    def now() -> str:
        return str(content_digest(Contributions(home)._workspace.checkout().dataset, MINE))

    assert office.write("put", "e:a e:p e:b .", if_match=("*",)).code == "precondition-failed"
    assert office.write("put", "e:a e:p e:b .", if_none_match=("*",)).accepted
    read = now()
    assert office.write("put", "e:a e:p e:b .", if_none_match=("*",)).code == "precondition-failed"
    assert office.write("post", "e:a e:p e:c .", if_match=("other", read)).accepted
    assert office.write("put", "e:a e:p e:d .", if_match=(read,)).code == "precondition-failed"
    assert office.write("put", "e:a e:p e:d .", if_match=(now(),)).accepted

"""The default graph: the merge of the named graphs, or only its own quads."""

from pathlib import Path

from pyoxigraph import NamedNode, Quad, Store

from graph.sparql.dataset import create_store, load_nquads

S, P, O = (NamedNode(f"https://example.org/{name}") for name in "spo")  # noqa: E741
A, B = (NamedNode(f"https://example.org/graph/{name}") for name in "ab")


def count(dataset: Store) -> str:
    solution = next(iter(dataset.query("SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }")))
    return str(solution["n"].value)


def test_a_triple_in_two_graphs_counts_once_in_the_merged_default_graph() -> None:
    assert count(create_store([Quad(S, P, O, A), Quad(S, P, O, B)])) == "1"


def test_the_own_default_graph_holds_no_triple_of_a_named_graph() -> None:
    assert count(create_store([Quad(S, P, O, A)], "own")) == "0"


def test_named_graphs_keep_their_quads_beside_the_merge() -> None:
    dataset = create_store([Quad(S, P, O, A), Quad(S, P, O, B)])
    assert {str(name.value) for name in dataset.named_graphs()} == {A.value, B.value}


def test_a_file_of_nquads_is_loaded(tmp_path: Path) -> None:
    file = tmp_path / "graph.nq"
    file.write_text(f"{S} {P} {O} {A} .\n", encoding="utf-8")
    assert Quad(S, P, O, A) in load_nquads(file)

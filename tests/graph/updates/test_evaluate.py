"""Updates taken apart and evaluated: what the guard refuses, what an operation comes to, and that nobody is called."""

import os
import resource
import socket
import threading
from collections.abc import Iterator

import pytest
from pyoxigraph import NamedNode, Quad, Store

from graph.errors import RefusedError
from graph.pool.sandbox import no_new_files
from graph.settings import QueryLimits
from graph.sparql.dataset import create_store
from graph.sparql.errors import LoadRefused, QueryRefused, QuerySyntaxError, ServiceRefused, UsingConflict
from graph.updates import evaluate, parser
from graph.updates.capture import UsingDataset
from graph.updates.evaluate import Evaluation, UpdateRequest
from graph.versions.delta import Delta

P = "PREFIX e: <http://e/> "


def quad(text: str) -> Quad:
    subject, predicate, value, graph = (NamedNode(f"http://e/{name}") for name in text.split())
    return Quad(subject, predicate, value, graph)


def shown(quads: tuple[Quad, ...]) -> set[str]:
    terms = (" ".join(str(term) for term in quad).replace("http://e/", "") for quad in quads)
    return {line.replace("<", "").replace(">", "") for line in terms}


@pytest.fixture
def dataset() -> Store:
    return create_store([quad("a p b g"), quad("a p b h"), quad("c p d g")])


def evaluated(dataset: Store, text: str, using: UsingDataset | None = None) -> Delta:
    update = UpdateRequest(text)
    evaluate.check(update, QueryLimits())
    before = set(dataset), set(dataset.named_graphs())
    try:
        return Evaluation(dataset, 7, using).run(evaluate.inspect(update, QueryLimits()))
    finally:
        assert (set(dataset), set(dataset.named_graphs())) == before


OWN = "https://w3id.org/opsc/graph/contribution/7"
OUTCOMES = [
    ("INSERT DATA { e:x e:p e:y }", {f"x p y {OWN}"}, set()),
    ("INSERT DATA { e:a e:p e:b }", set(), set()),
    ("DELETE DATA { e:a e:p e:b }", set(), {"a p b g", "a p b h"}),
    ("DELETE DATA { GRAPH e:g { e:a e:p e:b } }", set(), {"a p b g"}),
    ("DELETE WHERE { GRAPH ?g { e:a ?p ?o } }", set(), {"a p b g", "a p b h"}),
    ("DELETE WHERE { e:c ?p ?o }", set(), {"c p d g"}),
    ("INSERT { ?o e:q ?s # a comment\n } WHERE { ?s e:p ?o }", {f"b q a {OWN}", f"d q c {OWN}"}, set()),
    ("WITH e:h DELETE { ?s ?p ?o } INSERT { ?o ?p ?s } WHERE { ?s ?p ?o }", {"b p a h"}, {"a p b h"}),
    ("DELETE { GRAPH e:g { ?s ?p ?o } } INSERT { ?s ?p ?o } WHERE { GRAPH e:g { ?s ?p ?o } }",
     {f"c p d {OWN}"}, {"a p b g", "c p d g"}),
    ("DELETE { ?s ?p ?o } INSERT { GRAPH e:g { ?s ?p ?o } } WHERE { GRAPH e:h { ?s ?p ?o } }", set(), {"a p b h"}),
    ("INSERT { GRAPH ?s { ?s ?p ?o } . ?o ?p ?o } WHERE { GRAPH e:h { ?s ?p ?o } }",
     {"a p b a", f"b p b {OWN}"}, set()),
    ("INSERT { GRAPH ?x { ?s ?p ?o } } WHERE { ?s ?p ?o BIND('no graph' AS ?x) }", set(), set()),
    ("INSERT { ?s ?p ?x } WHERE { ?s ?p ?o }", set(), set()),
    ("INSERT { e:n e:in ?g } USING NAMED e:h WHERE { GRAPH ?g { ?s ?p ?o } }", {f"n in h {OWN}"}, set()),
    ("WITH e:g INSERT { e:n e:is ?s } USING e:h WHERE { ?s ?p ?o }", {"n is a g"}, set()),
    ("COPY e:g TO e:h", {"c p d h"}, set()),
    ("MOVE e:g TO e:k", {"a p b k", "c p d k"}, {"a p b g", "c p d g"}),
    ("ADD e:h TO e:k", {"a p b k"}, set()),
    ("MOVE e:g TO e:g", set(), set()),
    ("COPY SILENT e:nowhere TO e:h", set(), {"a p b h"}),
    ("CLEAR GRAPH e:g", set(), {"a p b g", "c p d g"}),
    ("DROP SILENT GRAPH e:nowhere", set(), set()),
    ("CREATE GRAPH e:k", set(), set()),
    ("CLEAR NAMED", set(), {"a p b g", "c p d g", "a p b h"}),
    ("INSERT DATA { GRAPH e:k { e:x e:p e:y } } ; PREFIX f: <http://e/> MOVE f:k TO f:l ; "
     "BASE <http://e/> ADD <l> TO <m>", {"x p y l", "x p y m"}, set()),
    ("", set(), set()),
]  # fmt: skip


@pytest.mark.parametrize(("text", "added", "removed"), OUTCOMES)
def test_an_update_comes_to_what_the_standard_says(
    dataset: Store, text: str, added: set[str], removed: set[str]
) -> None:
    delta = evaluated(dataset, P + text)
    assert (shown(delta.added), shown(delta.removed)) == (added, removed)


def test_blank_nodes_of_a_template_are_new_for_each_solution(dataset: Store) -> None:
    delta = evaluated(dataset, P + "INSERT { _:b e:of ?s . GRAPH e:k { _:b e:in ?s } } WHERE { ?s ?p ?o }")
    nodes = {(quad.subject, quad.object) for quad in delta.added}
    assert len(delta.added) == 4
    assert len(nodes) == 2
    assert all(isinstance(subject, NamedNode) for subject, _ in nodes)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("LOAD <http://e/>", LoadRefused),
        ("load silent <http://e/> INTO GRAPH <http://e/a>", LoadRefused),
        ("PREFIX LOADe: <http://e/> LOADe:x", QuerySyntaxError),
        ("PREFIX loade: <http://e/> loade:x", QuerySyntaxError),
        ("CREATE GRAPH <http://e/z>;LOAD<http://e/>", LoadRefused),
        ("INSERT {} WHERE { SERVICE <http://e/> {} }", ServiceRefused),
        ("PREFIX SERVICEe: <http://e/> INSERT {} WHERE { SERVICEe:x {} }", ServiceRefused),
        ("SELECT * {}", QueryRefused),
        ("CREATE GRAPH <http://e/z> ; ASK {}", QueryRefused),
        ("USINGNAMED", QuerySyntaxError),
        ("INSERT DATA { <a> <b> <c> } }", QuerySyntaxError),
        ("INSERT DATA { <a> <b> <c> } ; ; CLEAR ALL", QuerySyntaxError),
        ("PREFIX graphx: <http://e/> COPY graphx:a TO <http://e/b>", QuerySyntaxError),
        ("INSERT DATA { e:a e:b e:c }", QuerySyntaxError),
        ("\\u004cOAD <http://e/>", QuerySyntaxError),
        ("INSERT { GRAPH <http://e/a> { ?s ?p ?o } } WHERE { ?s ?p ?o } # \n ; (LOAD)", QuerySyntaxError),
    ],
)
def test_the_guard_refuses(text: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        evaluate.check(UpdateRequest(text), QueryLimits())


@pytest.mark.parametrize("text", ["INSERT {} USING <http://e/a> WHERE {}", "WITH <http://e/a> DELETE {} WHERE {}"])
def test_the_request_and_the_update_do_not_both_name_a_dataset(text: str) -> None:
    with pytest.raises(UsingConflict):
        evaluate.inspect(UpdateRequest(text, ("http://e/b",)), QueryLimits())


def test_what_only_looks_like_a_keyword_is_no_reason_to_refuse(dataset: Store) -> None:
    text = (
        P + "INSERT DATA { e:load e:with 'LOAD <http://e/> ; SERVICE' } ; # LOAD <http://e/>\n CLEAR SILENT GRAPH e:x"
    )
    assert len(evaluated(dataset, text).added) == 1


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("INSERT DATA { <http://e/a> <http://e/b> }", 1, 41),
        ("CLEAR ALL ;\nCLEAR ALL ; INSERT DATA { <http://e/a> 1 }", 2, 40),
        ("CLEAR ALL ;\n\nCOPY <http://e/a> INTO <http://e/b>", 3, 19),
        ("INSERT DATA { <http://e/a> <http://e/b> <http://e/c>", 1, 13),
    ],
)
def test_a_syntax_error_has_its_place_in_the_whole_text(text: str, line: int, column: int) -> None:
    with pytest.raises(QuerySyntaxError) as caught:
        evaluate.check(UpdateRequest(text), QueryLimits())
    assert (caught.value.line, caught.value.column) == (line, column)


class Canary:
    """Counts who calls a port of this machine."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._socket.settimeout(0.2)
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/"
        self.calls = 0
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()

    def _listen(self) -> None:
        while not self._stopped.is_set():
            try:
                connection, _ = self._socket.accept()
            except TimeoutError:
                continue
            self.calls += 1
            connection.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            connection.close()

    def close(self) -> None:
        self._stopped.set()
        self._thread.join()
        self._socket.close()


@pytest.fixture
def canary() -> Iterator[Canary]:
    listening = Canary()
    yield listening
    listening.close()


PAST_THE_GUARD = [
    "INSERT {} WHERE { SERVICE <URL> { ?s ?p ?o } }",
    "DELETE { ?s ?p ?o } WHERE { SERVICE <URL> { ?s ?p ?o } }",
]


@pytest.mark.parametrize("text", PAST_THE_GUARD)
def test_an_update_that_got_past_the_guard_calls_nobody(
    dataset: Store, canary: Canary, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setattr(parser._UpdateGuard, "_refuse_service", lambda *_: None)
    operations = parser.inspect(text.replace("URL", canary.url), QueryLimits())
    with pytest.raises(RefusedError, match="evaluation failed"):
        Evaluation(dataset, 7).run(operations)
    assert canary.calls == 0


def test_the_canary_hears_what_the_engine_does_without_the_limit(dataset: Store, canary: Canary) -> None:
    for text in (f"LOAD <{canary.url}>", PAST_THE_GUARD[0].replace("URL", canary.url)):
        with pytest.raises(OSError, match=r"."):
            dataset.update(text)
    assert canary.calls == 2


@pytest.mark.parametrize("text", ["LOAD <URL>", "INSERT {} WHERE { SERVICE <URL> {} }"])
def test_the_engine_cannot_call_anybody_while_nothing_can_be_opened(dataset: Store, canary: Canary, text: str) -> None:
    with no_new_files(), pytest.raises(OSError, match=r"."):
        dataset.update(text.replace("URL", canary.url))
    assert canary.calls == 0


def test_files_and_sockets_can_be_opened_again_afterwards() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    with no_new_files():
        with pytest.raises(OSError, match="Too many open files"):
            os.open(os.devnull, os.O_RDONLY)
        with pytest.raises(OSError, match="Too many open files"):
            socket.socket()
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == before
    os.close(os.open(os.devnull, os.O_RDONLY))


AS_THE_ENGINE = [
    'INSERT DATA { GRAPH e:k { e:x e:p \'a }\', """b { """@en, 1.50, true ; e:q <http://e/#x> } }',
    "DELETE { GRAPH ?g { ?s ?p ?o } } INSERT { GRAPH ?g { ?o ?p ?s } } WHERE { GRAPH ?g { ?s ?p ?o } }",
    "INSERT { GRAPH e:k { ?s e:in ?g ; e:to ?o . } GRAPH ?g { ?s e:seen true } . } WHERE { GRAPH ?g { ?s ?p ?o } }",
    "WITH e:g INSERT { ?s e:lonely true } WHERE { ?s e:p ?o FILTER NOT EXISTS { GRAPH e:h { ?s ?q ?r } } }",
    "WITH e:g DELETE { ?s ?p ?o } WHERE { ?s ?p ?o MINUS { GRAPH e:h { ?s ?p ?o } } }",
    "WITH e:g INSERT { ?s e:label ?l } WHERE { ?s e:p+ ?o OPTIONAL { ?o e:none ?n } BIND(COALESCE(?n, ?o) AS ?l) }",
    "WITH e:g DELETE { ?s e:p ?o } INSERT { GRAPH e:h { ?s e:p ?o } } USING e:h WHERE { ?s e:p ?o }",
    "INSERT { GRAPH e:k { e:n e:is ?n } } WHERE { SELECT (COUNT(*) AS ?n) WHERE { GRAPH e:g { ?s ?p ?o } } }",
    "INSERT { GRAPH e:k { ?x e:p ( ?s ) } } WHERE { GRAPH e:h { ?s ?p ?o } VALUES ?x { e:v e:w } }",
    "DELETE WHERE { GRAPH e:g { e:a ?p ?o } GRAPH ?any { ?s ?p ?o } }",
    "INSERT { GRAPH e:k { ?s ?p ?o } } USING NAMED e:g USING NAMED e:h WHERE { GRAPH ?g { ?s ?p ?o } }",
    "INSERT{GRAPH e:k{?s ?p ?o}}WHERE{GRAPH e:g{?s ?p ?o FILTER(?s<?o)}}",
    "COPY e:g TO e:k ; ADD e:h TO e:g ; MOVE e:k TO e:h ; DROP SILENT GRAPH e:k ; CLEAR SILENT GRAPH e:none",
    "DELETE DATA { GRAPH e:g { e:a e:p e:b } GRAPH e:no { e:a e:p e:b } } ; INSERT DATA { GRAPH e:h { e:c e:p e:d } }",
]


@pytest.mark.parametrize("text", AS_THE_ENGINE)
def test_in_named_graphs_an_update_does_what_the_engine_does(dataset: Store, text: str) -> None:
    named = [quad("a p b g"), quad("a p b h"), quad("c p d g")]
    engine = Store()
    engine.extend(named)
    engine.update(P + text)
    delta = evaluated(dataset, P + text)
    ours = {str(one) for one in (set(named) - set(delta.removed)) | set(delta.added)}
    theirs = {str(one) for one in engine}
    if "_:" in "".join(theirs):
        assert len(ours) == len(theirs)
    else:
        assert ours == theirs

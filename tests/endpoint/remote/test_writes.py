"""What is contributed through a server in front of an engine is in the engine before the answer, or is not taken."""

import json
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, Quad

from graph.versions import release
from tests.described import TYPES
from tests.endpoint.auth.test_bearer import digest
from tests.endpoint.conftest import Server, running, small_release
from tests.endpoint.remote.conftest import EACH_ENGINE, ENGINES, publish, reading
from tests.endpoint.writing import E, says, send, update
from tests.engines import Engine
from tests.polling import eventually

LABEL = "<http://www.w3.org/2004/02/skos/core#prefLabel>"
CONTRIBUTIONS = "/contributions?source=https://example.org/gazette/1"


@pytest.fixture(scope="module", params=EACH_ENGINE)
def kept(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Server, Server, Engine, Path]]:
    """A server that keeps an engine, another that reads the engine, the engine, and the home folder."""
    home = tmp_path_factory.mktemp("keeper") / "home"
    small_release(home)
    shutil.copytree(home, other := home.with_name("other"))
    tokens = home / "tokens"
    tokens.write_text(f"alice {digest('token-a')}\n")
    limits = {"OPSC_WATCH_SECONDS": "0.2", "OPSC_VALIDATION_SECONDS": "60"}
    with ENGINES[request.param](tmp_path_factory.mktemp(request.param)) as engine:
        assert publish(home, engine).returncode == 0
        with (
            running(home, OPSC_TOKENS_FILE=str(tokens), **engine.environment, **limits) as keeper,
            reading(other, engine, **limits) as reader,
        ):
            yield keeper, reader, engine, home


def test_a_contribution_is_seen_through_every_server_before_it_is_answered(
    kept: tuple[Server, Server, Engine, Path],
) -> None:
    keeper, reader, _, _ = kept
    pattern = f'<{E}law> {LABEL} "A law"@en'
    assert not says(reader, pattern)
    reply = send(keeper, "POST", CONTRIBUTIONS, f"{pattern} ; a {TYPES} .", Content_Type="text/turtle")
    assert reply.status == 201, reply.body
    assert says(keeper, pattern)
    assert says(reader, pattern)
    version = json.loads(reply.body)["version"]
    assert [json.loads(server.request("GET", "/health").body)["version"] for server in (keeper, reader)] == [
        version
    ] * 2


def test_a_retraction_takes_it_out_of_the_engine(kept: tuple[Server, Server, Engine, Path]) -> None:
    keeper, reader, _, _ = kept
    pattern = f'<{E}other> {LABEL} "Another"@en'
    reply = send(keeper, "POST", CONTRIBUTIONS, f"{pattern} ; a {TYPES} .", Content_Type="text/turtle")
    assert says(reader, pattern)
    assert send(keeper, "DELETE", reply.headers["Location"]).status == 200
    assert not says(keeper, pattern)
    assert not says(reader, pattern)


def test_an_update_reaches_the_engine(kept: tuple[Server, Server, Engine, Path]) -> None:
    keeper, reader, _, _ = kept
    pattern = f'<{E}updated> {LABEL} "Updated"@en'
    assert update(keeper, f"INSERT DATA {{ GRAPH <{E}mine> {{ {pattern} }} }}").status == 200
    assert says(reader, f"GRAPH <{E}mine> {{ {pattern} }}")


def test_what_does_not_conform_reaches_nothing(kept: tuple[Server, Server, Engine, Path]) -> None:
    keeper, reader, _, _ = kept
    bad = f"<{E}bad> a <https://w3id.org/opsc/ns#Ratification> ."
    assert send(keeper, "POST", CONTRIBUTIONS, bad, Content_Type="text/turtle").status == 422
    assert not says(reader, f"<{E}bad> a ?class")


def test_no_answer_mixes_versions_while_they_change(kept: tuple[Server, Server, Engine, Path]) -> None:
    """Each update changes two graphs: whoever sees them differ was answered from neither version."""
    keeper, reader, _, _ = kept
    both = "DELETE WHERE {{ GRAPH <{e}one> {{ ?s ?p ?o }} }} ; DELETE WHERE {{ GRAPH <{e}two> {{ ?s ?p ?o }} }} ; "
    both += 'INSERT DATA {{ GRAPH <{e}one> {{ <{e}s> {label} "{n}" }} GRAPH <{e}two> {{ <{e}t> {label} "{n}" }} }}'
    assert update(keeper, both.format(e=E, label=LABEL, n=0)).status == 200
    stop = threading.Event()
    answers: list[tuple[int, bytes]] = []

    def ask(server: Server) -> None:
        query = f"SELECT ?a ?b {{ GRAPH <{E}one> {{ ?s {LABEL} ?a }} GRAPH <{E}two> {{ ?t {LABEL} ?b }} }}"
        while not stop.is_set():
            reply = server.ask(query, accept="text/csv")
            answers.append((reply.status, reply.body))

    asking = [threading.Thread(target=ask, args=(server,)) for server in (keeper, reader)]
    for thread in asking:
        thread.start()
    statuses = [update(keeper, both.format(e=E, label=LABEL, n=number)).status for number in range(1, 4)]
    stop.set()
    for thread in asking:
        thread.join()
    assert statuses == [200] * 3
    assert {status for status, _ in answers} == {200}
    rows = {body.decode().splitlines()[1] for _, body in answers}
    assert all(len(set(row.split(","))) == 1 for row in rows), rows
    assert len(rows) > 1


def test_a_release_of_the_command_line_is_published_and_served(tmp_path: Path) -> None:
    with ENGINES["oxigraph"](tmp_path) as engine:
        home = tmp_path / "home"
        numbered(home, 1)
        with running(home, OPSC_WATCH_SECONDS="0.2", **engine.environment) as server:
            assert says(server, '<http://e/s> <http://e/p> "1"')
            numbered(home, 2)
            assert eventually(lambda: says(server, '<http://e/s> <http://e/p> "2"'))
            assert not says(server, '<http://e/s> <http://e/p> "1"')


def test_an_accepted_contribution_is_not_lost_when_the_engine_is_away(
    kept: tuple[Server, Server, Engine, Path],
) -> None:
    keeper, _, engine, _ = kept
    pattern = f'<{E}late> {LABEL} "Late"@en'
    engine.kill()
    reply = send(keeper, "POST", CONTRIBUTIONS, f"{pattern} ; a {TYPES} .", Content_Type="text/turtle")
    assert (reply.status, json.loads(reply.body)["code"]) == (503, "not-yet-served")
    assert reply.headers["Location"].startswith("/contributions/")
    (engine.folder / "virtuoso.lck").unlink(missing_ok=True)
    engine.start()
    assert eventually(lambda: keeper.ask("ASK {}").status == 200 and says(keeper, pattern))


def numbered(home: Path, number: int) -> None:
    quad = Quad(NamedNode("http://e/s"), NamedNode("http://e/p"), Literal(str(number)), NamedNode("http://e/g"))
    release.write(home, release.sorted_nquads([quad]), {}, b"")

"""Senders share the time for decisions, over HTTP: queue, quota, revoked tokens, and retraction at any time."""

import json
import threading
from pathlib import Path

import pytest
from pyoxigraph import NamedNode

from graph.contributions.contributions import Contributions
from graph.contributions.decider import Decider
from graph.contributions.submission import Submission
from graph.settings import WorkerSettings
from graph.versions.ledger import Ledger
from tests.endpoint.api.test_contributions import law, problem, submit
from tests.endpoint.auth.test_bearer import digest
from tests.endpoint.conftest import Server, running, small_release
from tests.polling import eventually
from tests.serving import Reply

SLOW = (
    b"INSERT { <http://e/x> <http://e/p> ?n } WHERE { { SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } } }"
)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    small_release(tmp_path)
    (tmp_path / "tokens").write_text(f"alice {digest('token-a')}\nmallory {digest('token-m')}\n")
    return tmp_path


def update(server: Server, text: bytes = SLOW) -> Reply:
    return server.request(
        "POST",
        "/update?source=https%3A%2F%2Fexample.org%2Fm",
        text,
        Authorization="Bearer token-m",
        Content_Type="application/sparql-update",
    )


def flood(server: Server, home: Path, number: int) -> list[threading.Thread]:
    """Send slow updates, and return when all of them are recorded."""
    threads = [threading.Thread(target=update, args=(server,)) for _ in range(number)]
    for thread in threads:
        thread.start()
    assert eventually(lambda: len(Ledger(home).entries("mallory", None, 0, 100)) == number)
    return threads


def test_slow_updates_of_one_sender_are_not_decided_before_a_quick_one_of_another(home: Path) -> None:
    tokens = str(home / "tokens")
    with running(home, OPSC_TOKENS_FILE=tokens, OPSC_WORKERS="1", OPSC_VALIDATION_SECONDS="1.5") as server:
        threads = flood(server, home, 4)
        quick = submit(server, law("quick"))
        assert quick.status == 201
        slow = Ledger(home).entries("mallory", None, 0, 100)
        assert len([one for one in slow if one.decided is None]) >= 2
        for thread in threads:
            thread.join()


def test_too_many_or_too_much_of_one_sender_is_refused_and_not_recorded(home: Path) -> None:
    limits = {"OPSC_SENDER_QUEUE": "2", "OPSC_SENDER_BYTES": "2000", "OPSC_VALIDATION_SECONDS": "1.5"}
    with running(home, OPSC_TOKENS_FILE=str(home / "tokens"), OPSC_WORKERS="1", **limits) as server:
        threads = flood(server, home, 2)
        refused = update(server)
        assert problem(refused) == (429, "sender-busy")
        assert int(refused.headers["Retry-After"]) > 0
        for thread in threads:
            thread.join()
        large = submit(server, law("large") + b"# " + b"x" * 3000)
        assert problem(large) == (429, "sender-quota-exceeded")
        assert "Retry-After" in large.headers
        assert len(Ledger(home).entries(None, None, 0, 100)) == 2
        assert submit(server, law("small")).status == 201


def test_a_contribution_can_be_retracted_however_little_memory_decisions_have(home: Path) -> None:
    tokens = str(home / "tokens")
    with running(home, OPSC_TOKENS_FILE=tokens) as server:
        number = json.loads(submit(server, law("large")).body)["number"]
    with running(home, OPSC_TOKENS_FILE=tokens, OPSC_WORKER_MEMORY="1") as server:
        assert eventually(lambda: server.request("GET", "/health/live").status == 200)
        assert server.request("DELETE", f"/contributions/{number}", Authorization="Bearer token-a").status == 200


def test_undecided_submissions_of_a_revoked_token_are_refused(home: Path) -> None:
    def sent(sender: str) -> Submission:
        return Submission(law(sender), "text/turtle", "sent.ttl", sender, NamedNode("https://example.org/s"))

    left = Contributions(home).record(sent("mallory"))
    decider = Decider(home, WorkerSettings(), 60, is_revoked=lambda name: name == "mallory")
    try:
        assert decider.submit(sent("alice")).accepted
        assert eventually(lambda: Contributions(home).contribution(left).code == "token-revoked")
    finally:
        decider.close()

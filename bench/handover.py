"""How long a contribution takes until it is served: ``POST /contributions`` to a real ``opsc serve``.

A claim, and a ratification of which the effects are derived: status, entry into force, first report, and tallies. The
time runs from the request until a query finds the claim, or the status of the new party.
"""

import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from urllib.parse import urlencode

from bench.contributions import CLAIM, PREFIXES, STATES
from bench.servers import free_port

RUNS = 15
START_SECONDS = 120
# States that have signed the Protocol and are not parties to it.
SIGNATORIES = ["CMR", "GHA", "IRL", "KEN", "LBR", "NRU", "SGP", "ZMB"]
RATIFICATION = """
@prefix dcterms: <http://purl.org/dc/terms/> .
<https://example.org/ratification/{state}> a opsc:Ratification, opsc:ConsentToBeBound, opsc:ParticipationAction ;
  opsc:instrument <https://w3id.org/opsc/eli/opsc> ; opsc:participant <https://w3id.org/opsc/id/state/{state}> ;
  opsc:dateEarliest "2025-12-{day:02}"^^xsd:date ; opsc:dateLatest "2025-12-{day:02}"^^xsd:date ;
  opsc:datePrecision <https://w3id.org/opsc/scheme/date-precision/day> ;
  opsc:underProvision <https://w3id.org/opsc/eli/opsc/art_13/par_2> ;
  dcterms:source <https://w3id.org/opsc/id/source/nl-treaty-database> ."""


def run() -> None:
    """Print the median times until the response and until the claim is served."""
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "OPSC_HOME": home, "OPSC_CLIENT_RATE": "0"}
        _opsc(environment, "build")
        token = _opsc(environment, "token", "create", "bench", "--scope", "contribute")
        port = free_port()
        command = [sys.executable, "-m", "opsc", "serve", "--port", str(port)]
        quiet = subprocess.DEVNULL
        with subprocess.Popen(command, env=environment, stdout=quiet, stderr=quiet) as server:
            try:
                _wait_for(port)
                _submit(port, token, 0)
                times = [_submit(port, token, number) for number in range(1, RUNS + 1)]
                ratified = [_ratify(port, token, state, day) for day, state in enumerate(SIGNATORIES, start=1)]
            finally:
                server.terminate()
    _print(times, "claims")
    _print(ratified, "ratifications, with their effects")


def _print(times: list[tuple[float, float]], what: str) -> None:
    responses, served = ([1000 * one[index] for one in times] for index in (0, 1))
    print(f"{statistics.median(responses):8.0f} ms from the request to the response, {min(responses):.0f} at least")
    print(f"{statistics.median(served):8.0f} ms from the request to a query that finds it, {min(served):.0f} at least")
    print(f"         medians of {len(times)} {what}, one after the other")


def _opsc(environment: dict[str, str], *arguments: str) -> str:
    command = [sys.executable, "-m", "opsc", *arguments]
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout.split()[-1]


def _submit(port: int, token: str, number: int) -> tuple[float, float]:
    """Submit a claim, and return the seconds until the response and until it is served."""
    states = STATES.split()
    data = PREFIXES + CLAIM.format(number=number, state=states[number % len(states)], day=number % 28 + 1)
    return _post(port, token, data, f"ASK {{ <https://example.org/claim/{number}> ?p ?o }}")


def _ratify(port: int, token: str, state: str, day: int) -> tuple[float, float]:
    """Submit a ratification, and return the seconds until the response and until the status follows from it."""
    interval = f"<https://w3id.org/opsc/id/status/opsc/{state}/in-force>"
    question = f"ASK {{ {interval} <https://w3id.org/opsc/ns#beginsEarliest> ?day }}"
    return _post(port, token, PREFIXES + RATIFICATION.format(state=state, day=day), question)


def _post(port: int, token: str, data: str, question: str) -> tuple[float, float]:
    address = f"/contributions?{urlencode({'source': 'https://example.org/source'})}"
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "text/turtle"}
    begin = time.perf_counter()
    status, body = _request(port, "POST", address, data.encode(), headers)
    responded = time.perf_counter() - begin
    if status != http.client.CREATED:
        raise RuntimeError(f"it was not accepted: {status} {body[:500]!r}")
    query = f"/sparql?{urlencode({'query': question})}"
    while not json.loads(_request(port, "GET", query)[1])["boolean"]:
        time.sleep(0.002)
    return responded, time.perf_counter() - begin


def _wait_for(port: int) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        try:
            if _request(port, "GET", "/health")[0] == http.client.OK:
                # The decider loads the graph after the start.
                time.sleep(5)
                return
        except OSError:
            pass
        time.sleep(0.05)
    raise RuntimeError("the server did not start")


def _request(
    port: int, method: str, address: str, body: bytes | None = None, headers: dict[str, str] | None = None
) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request(method, address, body, headers or {})
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()

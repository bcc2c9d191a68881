"""Lines of requests, which are made without the encoder of JSON, say and look like what it would write."""

import itertools
import json
import re
from dataclasses import replace

import pytest

from endpoint.http.redaction import PREFIX
from endpoint.http.request_context import request_ids
from endpoint.observability import observer
from endpoint.observability.observer import AccessLog, AccessLogEntry, Observer
from endpoint.settings import ObservabilitySettings

HOSTILE = 'a"b\\c\n\r\t\x00\x1b\x7f\u2028é\U0001f600\udc80 {"level": "error"}'
FULL = AccessLogEntry(
    "GET", "/sparql", 200, 10, 0.0012345, "192.0.2.0/24", "0" * 32, "v1", "hit", "none-such", "ASK {}"
)


def written(entry: AccessLogEntry, kind: str = "query", path: str = "/sparql", **settings: str) -> list[str]:
    lines: list[str] = []
    AccessLog(ObservabilitySettings(**settings), lines.append).write(kind, path, entry)  # type: ignore[arg-type]
    return lines


@pytest.mark.parametrize(
    "entry",
    [
        FULL,
        AccessLogEntry("GET", "/", 304, 0, 0.0, None, "gateway-0000-0001"),
        AccessLogEntry("M" * 30, "/", 404, 1, 123.4567891, None, HOSTILE, HOSTILE, "miss", None, HOSTILE),
        AccessLogEntry(HOSTILE, "/", 200, 0, 1e-9, HOSTILE, "a" * 64, query=HOSTILE),
    ],
)
def test_a_line_is_what_the_encoder_of_json_writes(entry: AccessLogEntry) -> None:
    (line,) = written(entry, path=f"/{HOSTILE}", queries="all")
    told = json.loads(line)
    assert line == json.dumps(told, ensure_ascii=False)
    assert len(line.splitlines()) == len(json.dumps(told, ensure_ascii=False).splitlines())
    given = {
        "request_id": entry.request_id,
        "method": entry.method[:20],
        "path": f"/{HOSTILE}",
        "status": entry.status,
        "bytes": entry.size,
        "ms": round(entry.seconds * 1000, 3),
        "client": entry.client,
        "version": entry.version,
        "cache": entry.cache,
        "code": entry.code,
        "query": entry.query,
    }
    known = {name: value for name, value in given.items() if value is not None}
    assert {name: told[name] for name in known} == known
    assert told.keys() == known.keys() | {"time", "level", "event", "kind"}


@pytest.mark.parametrize("log", ["json", "text"])
def test_a_token_is_in_no_line(log: str) -> None:
    token = f"{PREFIX}{'a' * 43}"
    (line,) = written(
        replace(FULL, query=f"ASK {{}} #\n{token}", request_id=token), path=f"/{token}", log=log, queries="all"
    )
    assert token not in line
    assert "[redacted]" in line


def test_text_has_the_same_members() -> None:
    (line,) = written(FULL, log="text", queries="all")
    assert re.fullmatch(
        r"\S+\.[0-9]{3}\+00:00 INFO event=request request_id=0{32} kind=query method=GET path=/sparql status=200 "
        r'bytes=10 ms=1\.23[45] client=192\.0\.2\.0/24 version=v1 cache=hit code=none-such query="ASK {}"',
        line,
    )


@pytest.mark.parametrize(
    ("level", "kinds"),
    [
        ("debug", ["health 200", "query 200", "query 500"]),
        ("info", ["query 200", "query 500"]),
        ("warning", ["query 500"]),
        ("error", []),
    ],
)
def test_the_level_leaves_lines_out(level: str, kinds: list[str]) -> None:
    asked = [("health", 200), ("query", 200), ("query", 500)]
    lines = [written(replace(FULL, status=status), kind, level=level) for kind, status in asked]
    told = [json.loads(line) for line in itertools.chain(*lines)]
    assert [f"{one['kind']} {one['status']}" for one in told] == kinds


def test_the_time_is_that_of_the_line(monkeypatch: pytest.MonkeyPatch) -> None:
    for now, expected in [(0.0, "1970-01-01T00:00:00.000+00:00"), (1764096799.7909, "2025-11-25T18:53:19.790+00:00")]:
        monkeypatch.setattr(observer.time, "time", lambda now=now: now)
        assert json.loads(written(FULL)[0])["time"] == expected


@pytest.mark.parametrize("log", ["json", "off"])
def test_an_observer_writes_where_the_settings_want_it(log: str) -> None:
    lines: list[str] = []
    observer = Observer(ObservabilitySettings(log=log))
    observer.write_to(lines.append)
    observer.observe(replace(FULL, path="/nowhere/ü\n"))
    assert [json.loads(line)["path"] for line in lines] == ["/nowhere/%C3%BC%0A"] * (log == "json")


def test_a_long_path_is_cut_and_not_remembered() -> None:
    lines: list[str] = []
    observer = Observer()
    observer.write_to(lines.append)
    observer.observe(replace(FULL, path="/" + "x" * 1000))
    assert json.loads(lines[0])["path"] == "/" + "x" * 499


@pytest.mark.parametrize("forwarded", ["198.51.100.7", "invented, " * 100 + "198.51.100.7"], ids=["short", "long"])
@pytest.mark.parametrize(
    ("clients", "trusted", "told"),
    [
        ("short", "", "192.0.2.0/24"),
        ("short", "192.0.2.1", "198.51.100.0/24"),
        ("full", "192.0.2.1", "198.51.100.7"),
        ("off", "192.0.2.1", None),
    ],
)
def test_a_client_is_named_as_the_settings_want_it(
    forwarded: str, clients: str, trusted: str, told: str | None
) -> None:
    observer = Observer(ObservabilitySettings(clients=clients), trusted)
    assert [observer.client("192.0.2.1", forwarded) for _ in range(2)] == [told, told]


def test_identifiers_are_random_and_none_comes_twice() -> None:
    drawn = list(itertools.islice(request_ids(), 1000))
    assert len(set(drawn)) == len(drawn)
    assert all(re.fullmatch("[0-9a-f]{32}", one) for one in drawn)
    assert next(request_ids()) not in drawn


@pytest.mark.parametrize("given", ["short", "with spaces in it", "x" * 65, "-begins-badly"])
def test_only_a_trusted_proxy_gives_a_well_formed_identifier(given: str) -> None:
    request_id = Observer(None, "192.0.2.1").request_id
    assert request_id("192.0.2.1", "gateway-0001") == "gateway-0001"
    for peer, header in (("192.0.2.2", "gateway-0001"), ("192.0.2.1", given), ("192.0.2.1", None)):
        assert re.fullmatch("[0-9a-f]{32}", request_id(peer, header))

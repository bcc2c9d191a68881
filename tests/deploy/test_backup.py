"""Backup and restore of ``OPSC_HOME``, as docs/operations.md says it, while contributions come in."""

import json
import os
import subprocess
import sys
import tarfile
import threading
from pathlib import Path

from tests.endpoint.api.test_contributions import law, read, submit
from tests.endpoint.auth.test_scopes import made
from tests.endpoint.conftest import Server, running, small_release
from tests.endpoint.server.test_server import opsc
from tests.endpoint.serving.test_snapshot import served_version

SCRIPT = Path(__file__).parents[2] / "deploy" / "backup.sh"


def back_up(home: Path, file: Path) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "PYTHON": sys.executable}
    return subprocess.run(
        [str(SCRIPT), str(home), str(file)], env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def restored(file: Path, home: Path) -> Path:
    home.mkdir()
    subprocess.run(["tar", "-xf", str(file), "-C", str(home)], check=True)
    return home


def whole(server: Server) -> list[str]:
    reply = server.request("GET", "/data", Accept="application/n-quads")
    assert reply.status == 200
    return sorted(reply.body.decode().splitlines())


def test_a_restored_backup_serves_the_same_graph(tmp_path: Path) -> None:
    home = tmp_path / "home"
    small_release(home)
    token = made(home, "alice")
    with running(home, OPSC_WORKERS="1") as server:
        for number in range(3):
            assert submit(server, law(str(number)), by=token).status == 201
        assert submit(server, b"<http://e/s> <http://e/p> nonsense", by=token).status == 422
        done = back_up(home, tmp_path / "backup.tar")
        assert (done.returncode, done.stderr) == (0, "")
        version, quads, records = served_version(server), whole(server), read(server, "/contributions")
    again = restored(tmp_path / "backup.tar", tmp_path / "again")
    with running(again, OPSC_WORKERS="1") as server:
        assert (served_version(server), whole(server)) == (version, quads)
        assert read(server, "/contributions") == records
        assert submit(server, law("after"), by=token).status == 201
    versions = json.loads(opsc(again, "versions", "--json").stdout)
    for one in versions:
        name = one["id"]
        exported = opsc(again, "export", "--version", name, "--out", str(tmp_path / f"{name}.nq"))
        assert exported.returncode == 0, exported.stderr
    assert len(versions) == 5


def test_a_backup_while_contributions_come_in_is_whole(tmp_path: Path) -> None:
    home = tmp_path / "home"
    small_release(home)
    token = made(home, "alice")
    accepted: list[int] = []
    stop = threading.Event()
    with running(home, OPSC_WORKERS="1") as server:

        def contribute() -> None:
            while not stop.is_set():
                reply = submit(server, law(f"n{len(accepted)}"), by=token)
                assert reply.status == 201
                accepted.append(json.loads(reply.body)["number"])

        contributing = threading.Thread(target=contribute)
        contributing.start()
        known = []
        for number in range(3):
            before = list(accepted)
            done = back_up(home, tmp_path / f"{number}.tar")
            assert done.returncode == 0, done.stderr
            known.append(before)
        stop.set()
        contributing.join()
    assert accepted
    for number, before in enumerate(known):
        again = restored(tmp_path / f"{number}.tar", tmp_path / f"again-{number}")
        entries = json.loads(opsc(again, "contributions", "list", "--json").stdout)
        assert {entry["number"] for entry in entries if entry["accepted"]} >= set(before)
        exported = opsc(again, "export", "--out", str(tmp_path / f"{number}.nq"))
        assert exported.returncode == 0, exported.stderr


def test_a_backup_is_read_by_its_owner_alone(tmp_path: Path) -> None:
    home = tmp_path / "home"
    small_release(home)
    made(home, "alice")
    assert back_up(home, tmp_path / "backup.tar").returncode == 0
    assert (tmp_path / "backup.tar").stat().st_mode & 0o077 == 0
    with tarfile.open(tmp_path / "backup.tar") as archive:
        assert archive.getmember("./tokens").mode == 0o600


def test_a_home_without_a_release_is_no_backup(tmp_path: Path) -> None:
    done = back_up(tmp_path, tmp_path / "backup.tar")
    assert done.returncode != 0
    assert not (tmp_path / "backup.tar").exists()

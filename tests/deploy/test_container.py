"""The container file, read as its builder reads it.

There is no container engine in the tests. Its steps that install run for real in a fresh environment, apart from the
download of the locked packages: those of the test environment, which come from the same lock file, stand for them.
"""

import json
import os
import re
import shlex
import shutil
import site
import subprocess
import sys
from pathlib import Path

import pytest

from tests.endpoint.conftest import first_line, free_port

ROOT = Path(__file__).parents[2]
FILE = ROOT / "deploy" / "Containerfile"
INSTALLED = "/opt/opsc"


def instructions() -> list[tuple[str, str]]:
    text = re.sub(r"\\\n\s*", "", FILE.read_text())
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(line.partition(" ")[0], line.partition(" ")[2]) for line in lines]


def stages() -> list[list[tuple[str, str]]]:
    found: list[list[tuple[str, str]]] = []
    for instruction in instructions():
        if instruction[0] == "FROM":
            found.append([])
        found[-1].append(instruction)
    return found


def value(name: str) -> str:
    (found,) = (argument for instruction, argument in stages()[-1] if instruction == name)
    return found


def variables() -> dict[str, str]:
    return dict(pair.split("=", 1) for pair in shlex.split(value("ENV")))


def command(argument: str) -> list[str]:
    parsed: list[str] = json.loads(argument)
    return parsed


def test_every_instruction_is_one_of_the_format() -> None:
    known = {"FROM", "WORKDIR", "RUN", "COPY", "ENV", "USER", "VOLUME", "EXPOSE", "STOPSIGNAL", "HEALTHCHECK", "CMD"}
    assert {name for name, _ in instructions()} <= known


def test_what_builds_stays_out_of_what_runs() -> None:
    build, run = stages()
    assert build[0][1].endswith(" AS build")
    assert [argument for name, argument in run if name == "COPY"] == [f"--from=build {INSTALLED} {INSTALLED}"]
    assert build[0][1].removesuffix(" AS build") == run[0][1]


def test_it_runs_without_privileges() -> None:
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", value("USER"))
    names = [name for name, _ in stages()[-1]]
    assert names.index("USER") < names.index("CMD")


def test_it_ends_as_the_server_does() -> None:
    assert value("STOPSIGNAL") == "SIGTERM"
    assert "exec " in command(value("CMD"))[-1]


def test_it_holds_no_secret() -> None:
    text = FILE.read_text().lower()
    assert not re.search(r"password|secret|opsc_tokens|--build-arg|\barg\b", text)
    copied = [argument.split()[:-1] for name, argument in stages()[0] if name == "COPY"]
    assert "." not in {source for sources in copied for source in sources}


def test_every_file_that_is_copied_is_there() -> None:
    for name, argument in stages()[0]:
        if name == "COPY":
            assert all((ROOT / source).exists() for source in argument.split()[:-1]), argument


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What lies in the image at ``/opt/opsc`` after the steps of the first stage."""
    folder = tmp_path_factory.mktemp("image")
    source, installed = folder / "src", folder / "opsc"
    source.mkdir()
    for name, argument in stages()[0]:
        if name == "COPY":
            copy(argument.split()[:-1], argument.split()[-1], source)
        elif name == "RUN" and "--require-hashes" in argument:
            stand_in(installed)
        elif name == "RUN":
            words = argument.replace(INSTALLED, str(installed)).split()
            words[0] = sys.executable if words[0] == "python" else words[0]
            subprocess.run(words, cwd=source, check=True, capture_output=True, timeout=300)
    return installed


def copy(names: list[str], target: str, source: Path) -> None:
    for name in names:
        wanted = source / target / name if target.endswith("/") else source / target
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, source / target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, wanted)


def stand_in(installed: Path) -> None:
    (packages,) = installed.glob("lib/python*/site-packages")
    (packages / "locked.pth").write_text("\n".join(site.getsitepackages()) + "\n")


@pytest.mark.slow
def test_the_installed_package_builds_serves_and_is_healthy(image: Path, tmp_path: Path) -> None:
    port = free_port()
    environment = {
        **os.environ,
        **variables(),
        "OPSC_HOME": str(tmp_path / "home"),
        "OPSC_HOST": "127.0.0.1",
        "OPSC_PORT": str(port),
    }
    serve = [word.replace(INSTALLED, str(image)) for word in command(value("CMD"))]
    check = [word.replace(INSTALLED, str(image)) for word in command(value("HEALTHCHECK").partition(" CMD ")[2])]
    process = subprocess.Popen(
        serve, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        lines = [first_line(process)]
        while not lines[-1].startswith("SPARQL endpoint ready"):
            assert lines[-1], process.communicate()
            lines.append(first_line(process))
        assert subprocess.run(check, env=environment, cwd=tmp_path, timeout=60, check=False).returncode == 0
        where = [str(image / "bin" / "python"), "-c", "import graph.build as b; print(b.__file__)"]
        told = subprocess.run(where, cwd=tmp_path, capture_output=True, text=True, check=True)
        assert told.stdout.startswith(str(image))
    finally:
        process.terminate()
        process.communicate(timeout=60)
    assert process.returncode == 0
    failed = subprocess.run(check, env=environment, cwd=tmp_path, capture_output=True, timeout=60, check=False)
    assert failed.returncode != 0

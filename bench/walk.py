"""One new, quick query: which modules run for it from socket to socket, and which classes carry it.

A real server is started with a profile function in each of its processes and threads, which takes notes while one query
is under way. A class counts when an instance of it is made for the query.
"""

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench import servers

_PACKAGES = ("endpoint", "graph", "loaders", "ontology", "opsc", "shapes")
_QUERY = "SELECT * {{ ?s a <https://w3id.org/opsc/ns#Provision> ; ?p ?o }} LIMIT {}"
_WARMUPS = 20
# Runs at the start of each process: Python imports a module of this name where it finds one.
_NOTING = """
import mmap, os, sys, threading
_flag = mmap.mmap(os.open(os.environ["WALK_FLAG"], os.O_RDONLY), 1, prot=mmap.PROT_READ)
_notes = os.open(os.environ["WALK_NOTES"], os.O_WRONLY | os.O_APPEND)
_packages = frozenset(os.environ["WALK_PACKAGES"].split())

def _is_own(module):
    return module.partition(".")[0] in _packages

def _note(frame, event, _argument):
    if event != "call" or _flag[0:1] != b"1":
        return
    code, module, found = frame.f_code, frame.f_globals.get("__name__", ""), []
    if code.co_name != "<module>" and _is_own(module):
        found.append("module " + module)
    if code.co_name == "__init__" and code.co_argcount:
        made = type(frame.f_locals[code.co_varnames[0]])
    elif module.startswith("namedtuple_") and code.co_varnames[:1] == ("_cls",):
        made = frame.f_locals["_cls"]
    else:
        made = None
    if made is not None and _is_own(made.__module__):
        found.append(f"class {made.__module__}.{made.__qualname__}")
    if found:
        os.write(_notes, "".join(f"{os.getpid()} {one}\\n" for one in found).encode())

threading.setprofile(_note)
sys.setprofile(_note)
"""


def run() -> None:
    """Print how many modules and classes take part, by process, and which they are."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environment = {**os.environ, "OPSC_HOME": str(folder / "home")}
        subprocess.run([sys.executable, "-m", "opsc", "build"], env=environment, check=True, capture_output=True)
        notes = _notes(folder, folder / "home")
    modules = {what.removeprefix("module ") for _, what in notes if what.startswith("module ")}
    classes = {what.removeprefix("class ") for _, what in notes if what.startswith("class ")}
    for number, pid in enumerate(dict.fromkeys(pid for pid, _ in notes), 1):
        of_process = {what for other, what in notes if other == pid}
        count = sum(what.startswith("module ") for what in of_process)
        print(f"process {number}: {count} modules, {len(of_process) - count} classes")
    for package in _PACKAGES:
        of_package = [name for name in modules if name.startswith(f"{package}.")]
        if of_package:
            print(f"{package}: {len(of_package)} modules")
    print(f"modules: {len(modules)} (target: at most 30)", *sorted(modules), sep="\n  ")
    print(f"classes: {len(classes)} (target: at most 8)", *sorted(classes), sep="\n  ")


def _notes(folder: Path, home: Path) -> list[tuple[str, str]]:
    """Return which process noted what while it answered one query that nobody had asked."""
    (folder / "sitecustomize.py").write_text(_NOTING)
    flag, notes = folder / "flag", folder / "notes"
    flag.write_bytes(b"0")
    notes.touch()
    settings = {
        "PYTHONPATH": str(folder),
        "WALK_FLAG": str(flag),
        "WALK_NOTES": str(notes),
        "WALK_PACKAGES": " ".join(_PACKAGES),
        # Nothing but the query is to be under way.
        "OPSC_WATCH_SECONDS": "86400",
    }
    with servers.opsc(home, **settings) as server:
        client = server.client()
        for number in range(1, _WARMUPS):
            client.ask(_QUERY.format(number))
        time.sleep(1)
        with _raised(flag):
            status, _ = client.ask(_QUERY.format(_WARMUPS))
            time.sleep(0.1)  # The line of the log is written after the answer.
    if status != 200:
        sys.exit(f"the query was answered with {status}")
    lines = (line.split(" ", 1) for line in dict.fromkeys(notes.read_text().splitlines()))
    return [(pid, what) for pid, what in lines]


@contextlib.contextmanager
def _raised(flag: Path) -> Iterator[None]:
    descriptor = os.open(flag, os.O_WRONLY)
    try:
        os.pwrite(descriptor, b"1", 0)
        yield
    finally:
        os.pwrite(descriptor, b"0", 0)
        os.close(descriptor)

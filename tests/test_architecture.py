"""Imports point one way, modules stay small, and an installed package holds what it needs."""

import ast
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BELOW = {
    "opsc": {"endpoint", "graph", "loaders", "shapes", "ontology"},
    "endpoint": {"graph", "shapes", "ontology"},
    "graph": {"loaders", "shapes", "ontology"},
    "loaders": {"ontology"},
    "shapes": {"ontology"},
    "ontology": set(),
}
MODULES = sorted(path for package in BELOW for path in (ROOT / package).rglob("*.py"))


def imported(module: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names.add(node.module)
    return {name.partition(".")[0] for name in names}


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_imports_only_from_below(module: Path) -> None:
    package = module.relative_to(ROOT).parts[0]
    assert imported(module) & BELOW.keys() <= BELOW[package] | {package}


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_has_at_most_300_lines(module: Path) -> None:
    assert len(module.read_text(encoding="utf-8").splitlines()) <= 300


def test_nothing_but_the_test_folder_uses_the_query_engine_of_rdflib() -> None:
    for module in MODULES:
        assert "rdflib.plugins.sparql" not in module.read_text(encoding="utf-8"), module


def test_a_wheel_holds_data_rules_shapes_ontology_pages_and_example_queries(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    held = set(zipfile.ZipFile(wheel).namelist())
    for package, pattern in [
        ("graph", "data/*.csv"),
        ("graph", "rules/**/*.rq"),
        ("shapes", "core/*.ttl"),
        ("ontology", "**/*.ttl"),
        ("endpoint", "pages/templates/*"),
    ]:
        needed = {str(path.relative_to(ROOT)) for path in (ROOT / package).glob(pattern)}
        assert needed
        assert needed <= held
    examples = {f"graph/metadata/competency/{path.name}" for path in (ROOT / "tests" / "competency").iterdir()}
    assert examples <= held

"""What the import contracts of ``pyproject.toml`` cannot say: small modules and packages, and what a wheel holds."""

import ast
import subprocess
import sys
import zipfile
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGES = ("opsc", "endpoint", "graph", "loaders", "shapes", "ontology")
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def test_a_module_has_at_most_300_lines() -> None:
    assert not [path for path in MODULES if len(path.read_text(encoding="utf-8").splitlines()) > 300]


def test_a_package_has_at_most_15_modules() -> None:
    modules = Counter(path.parent for path in MODULES if path.name != "__init__.py")
    assert not {folder: number for folder, number in modules.items() if number > 15}


def test_every_folder_of_modules_is_a_package_with_a_docstring() -> None:
    packages = {path.parent / "__init__.py" for path in MODULES}
    assert not [path for path in packages if not path.is_file() or not ast.get_docstring(ast.parse(path.read_text()))]


def test_no_module_uses_the_query_engine_of_rdflib() -> None:
    # import-linter knows only the roots of external packages.
    assert not [path for path in MODULES if "rdflib.plugins.sparql" in path.read_text(encoding="utf-8")]


def test_a_wheel_holds_data_rules_shapes_ontology_pages_and_example_queries(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    for package, pattern in [
        ("graph", "data/*.csv"),
        ("graph", "rules/**/*.rq"),
        ("shapes", "core/*.ttl"),
        ("ontology", "**/*.ttl"),
        ("endpoint", "pages/templates/*"),
    ]:
        files = {str(path.relative_to(ROOT)) for path in (ROOT / package).glob(pattern)}
        assert files
        assert files <= names
    examples = {f"graph/metadata/competency/{path.name}" for path in (ROOT / "tests" / "competency").iterdir()}
    assert examples <= names

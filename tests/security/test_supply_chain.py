"""What is installed: exactly the files whose hashes the project has written down."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = ["requirements.lock", "requirements-dev.lock"]


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_has_a_version_and_hashes(lock: str) -> None:
    text = (ROOT / lock).read_text().replace("\\\n", " ")
    packages = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    assert packages
    for package in packages:
        assert re.match(r"[A-Za-z0-9._\[\]-]+==[^ ]+ ", package), package
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", package), package


def test_nothing_is_installed_without_its_hash() -> None:
    makefile = (ROOT / "Makefile").read_text()
    installing = [line for line in makefile.splitlines() if "install" in line and " -r " in line]
    assert len(installing) == len(LOCKS)
    assert all("--require-hashes" in line for line in installing)


@pytest.mark.parametrize("lock", LOCKS)
def test_no_lock_names_where_packages_come_from(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert not re.search(r"https?://|--(?:extra-)?index-url|--find-links|--trusted-host|@ file", text)


def test_pages_load_nothing_from_other_sites() -> None:
    for page in (ROOT / "endpoint").rglob("*"):
        if page.suffix in {".html", ".css", ".js"}:
            loaded = re.findall(r"(?:src|href)=[\"'](https?:[^\"']+)", page.read_text(encoding="utf-8"))
            fetched = re.findall(r"<(?:script|link|img|iframe)[^>]+https?:", page.read_text(encoding="utf-8"))
            assert not fetched, (page, loaded)

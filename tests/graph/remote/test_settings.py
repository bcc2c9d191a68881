from pathlib import Path

import pytest

from graph.remote import credentials
from graph.remote.settings import StoreSettings
from graph.settings import SettingsError, from_environment, list_settings

DOCUMENT = (Path(__file__).parents[3] / "docs" / "settings.md").read_text(encoding="utf-8").splitlines()
URL = "http://127.0.0.1:8890/sparql"


@pytest.mark.parametrize("setting", list_settings(StoreSettings), ids=lambda one: one.variable)
def test_every_setting_stands_in_the_documentation_with_its_default(setting) -> None:  # noqa: ANN001
    assert f"| `{setting.variable}` | {setting.default} | {setting.help} |" in DOCUMENT


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"OPSC_STORE": "sparql"}, "write an http or https URL"),
        ({"OPSC_STORE": "file:///etc/passwd"}, "write an http or https URL"),
        ({"OPSC_STORE": "http://:8890/"}, "write an http or https URL"),
        ({"OPSC_STORE": "http://127.0.0.1:99999/"}, "the URL cannot be read"),
        ({"OPSC_STORE": "http://dba:secret@127.0.0.1/"}, "see OPSC_STORE_CREDENTIALS"),
        ({"OPSC_STORE": f"{URL}#part"}, "without white space and fragment"),
        ({"OPSC_STORE_UPDATE": URL}, "give the query URL of the engine too"),
        ({"OPSC_STORE": URL, "OPSC_STORE_TIMEOUT": "timeout"}, "write a parameter such as"),
        ({"OPSC_STORE": URL, "OPSC_STORE_TIMEOUT": "timeout={minutes}"}, "write a parameter such as"),
        ({"OPSC_STORE": URL, "OPSC_STORE_TIMEOUT": "timeout={seconds}{"}, "write a parameter such as"),
        ({"OPSC_STORE": URL, "OPSC_STORE_TIMEOUT": "timeout={seconds}&x={y}"}, "write a parameter such as"),
        ({"OPSC_STORE_CONNECTIONS": "0"}, "from 1 to 1000"),
    ],
)
def test_what_cannot_be_meant_is_refused(environment: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError, match=said) as refused:
        from_environment(StoreSettings, environment)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("content", ["", "secret", ":secret", "dba:", "Bearer ", "dba:secret\nmore:secret"])
def test_credentials_that_are_none_are_refused_without_being_shown(tmp_path: Path, content: str) -> None:
    (tmp_path / "file").write_text(content)
    with pytest.raises(SettingsError) as refused:
        credentials.read(str(tmp_path / "file"))
    assert "secret" not in str(refused.value)


def test_credentials_are_not_shown_when_they_are_printed(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("dba:secret\n")
    assert "secret" not in repr(credentials.read(str(tmp_path / "file")))

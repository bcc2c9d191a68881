from pathlib import Path

import pytest

from endpoint.settings import EndpointSettings, FrontSettings
from graph.settings import SettingsError, described, from_environment

DOCUMENT = (Path(__file__).parents[2] / "docs" / "settings.md").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize(
    "setting", [*described(EndpointSettings), *described(FrontSettings)], ids=lambda one: one.variable
)
def test_every_setting_stands_in_the_documentation_with_its_default(setting) -> None:  # noqa: ANN001
    assert f"| `{setting.variable}` | {setting.default} | {setting.help} |" in DOCUMENT


@pytest.mark.parametrize("port", ["0", "70000"])
def test_a_port_that_cannot_be_is_refused(port: str) -> None:
    with pytest.raises(SettingsError, match=f"OPSC_PORT={port}: write a whole number from 1 to 65535"):
        from_environment(EndpointSettings, {"OPSC_PORT": port})

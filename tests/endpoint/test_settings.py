from pathlib import Path

import pytest

from endpoint.observability.observer import Observer
from endpoint.settings import EndpointSettings, FrontSettings, ObservabilitySettings
from graph.settings import SettingsError, from_environment, list_settings

DOCUMENT = (Path(__file__).parents[2] / "docs" / "settings.md").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize(
    "setting",
    [*list_settings(EndpointSettings), *list_settings(FrontSettings), *list_settings(ObservabilitySettings)],
    ids=lambda one: one.variable,
)
def test_every_setting_stands_in_the_documentation_with_its_default(setting) -> None:  # noqa: ANN001
    assert f"| `{setting.variable}` | {setting.default} | {setting.help} |" in DOCUMENT


@pytest.mark.parametrize("port", ["-1", "70000"])
def test_a_port_that_cannot_be_is_refused(port: str) -> None:
    with pytest.raises(SettingsError, match=f"OPSC_PORT={port}: write a whole number from 0 to 65535"):
        from_environment(EndpointSettings, {"OPSC_PORT": port})


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("OPSC_LOG", "xml", "OPSC_LOG=xml: write json or text or off"),
        ("OPSC_LOG_QUERIES", "some", "OPSC_LOG_QUERIES=some: write off or slow or all"),
        (
            "OPSC_METRICS_ALLOW",
            "here",
            "OPSC_METRICS_ALLOW=here: write addresses or networks such as 10.0.0.0/8, not here",
        ),
    ],
)
def test_an_observer_that_cannot_be_is_refused_in_one_line(variable: str, value: str, message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Observer(from_environment(ObservabilitySettings, {variable: value}))
    assert str(caught.value) == message


def test_proxies_that_cannot_be_are_refused_in_one_line() -> None:
    with pytest.raises(SettingsError) as caught:
        Observer(trusted_proxies="*")
    assert str(caught.value) == "OPSC_TRUSTED_PROXIES=*: write addresses or networks such as 10.0.0.0/8, not *"

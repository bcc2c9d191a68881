from pathlib import Path

import pytest

from graph.federation.settings import FederationSettings
from graph.settings import from_environment, list_settings

DOCUMENT = (Path(__file__).parents[3] / "docs" / "settings.md").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("setting", list_settings(FederationSettings), ids=lambda one: one.variable)
def test_every_setting_stands_in_the_documentation_with_its_default(setting) -> None:  # noqa: ANN001
    assert f"| `{setting.variable}` | {setting.default} | {setting.help} |" in DOCUMENT


def test_by_default_no_endpoint_may_be_asked() -> None:
    assert from_environment(FederationSettings, {}).endpoints == {}


@pytest.mark.parametrize("between", [" ", ",", ", ", "\n", "  "])
def test_endpoints_are_listed_with_spaces_or_commas(between: str) -> None:
    listed = ["https://example.org/sparql", "http://example.net:8080/query?x=y"]
    settings = from_environment(FederationSettings, {"OPSC_SERVICE_ALLOW": between.join(listed)})
    assert list(settings.endpoints) == listed

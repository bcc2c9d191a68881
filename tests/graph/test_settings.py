from pathlib import Path

import pytest

from graph.settings import (
    CommandLimits,
    ContributionLimits,
    DecisionLimits,
    DownloadLimits,
    QueryLimits,
    SettingsError,
    WorkerSettings,
    from_environment,
    list_settings,
)

DOCUMENT = (Path(__file__).parents[2] / "docs" / "settings.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "setting",
    [
        *list_settings(QueryLimits),
        *list_settings(WorkerSettings),
        *list_settings(ContributionLimits),
        *list_settings(CommandLimits),
        *list_settings(DecisionLimits),
        *list_settings(DownloadLimits),
    ],
    ids=lambda one: one.variable,
)
def test_every_setting_stands_in_the_documentation_with_its_default(setting) -> None:  # noqa: ANN001
    row = f"| `{setting.variable}` | {setting.default} | {setting.help} |"
    assert row in DOCUMENT.splitlines()


def test_an_empty_environment_gives_the_defaults() -> None:
    assert from_environment(QueryLimits, {}) == QueryLimits()
    assert from_environment(WorkerSettings, {"OPSC_WORKERS": " "}) == WorkerSettings()


def test_a_variable_replaces_a_default() -> None:
    environment = {"OPSC_WORKERS": "7", "OPSC_QUERY_SECONDS": "2.5", "OPSC_DEFAULT_GRAPH": "own"}
    settings = from_environment(WorkerSettings, environment)
    assert (settings.workers, settings.deadline, settings.default_graph) == (7, 2.5, "own")


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("OPSC_WORKERS", "many", "OPSC_WORKERS=many: write a whole number"),
        ("OPSC_WORKERS", "1.5", "OPSC_WORKERS=1.5: write a whole number"),
        ("OPSC_WORKERS", "0", "OPSC_WORKERS=0: write a whole number of at least 1"),
        ("OPSC_QUERY_SECONDS", "soon", "OPSC_QUERY_SECONDS=soon: write a number"),
        ("OPSC_QUERY_SECONDS", "nan", "OPSC_QUERY_SECONDS=nan: write a number from 0.1 to 86400"),
        ("OPSC_QUERY_SECONDS", "-1", "OPSC_QUERY_SECONDS=-1: write a number from 0.1 to 86400"),
        ("OPSC_DEFAULT_GRAPH", "union", "OPSC_DEFAULT_GRAPH=union: write merged or own"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_in_one_line(variable: str, value: str, message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        from_environment(WorkerSettings, {variable: value})
    assert str(caught.value) == message

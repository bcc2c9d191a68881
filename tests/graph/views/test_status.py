"""The status of a State on a day, over the graph itself."""

import datetime

import pytest
from pyoxigraph import Store

from graph.errors import GraphError
from graph.views import status


def holds(dataset: Store, state: str, day: str) -> dict[str, str]:
    found = status.status_on(dataset, state, datetime.date.fromisoformat(day))
    return {interval.status: interval.holds for interval in found.intervals}


def test_a_party_is_bound_from_entry_into_force_not_from_its_deposit(dataset: Store) -> None:
    assert holds(dataset, "Benin", "2005-01-31") == {"signed only": "no", "party": "yes", "in force": "no"}
    assert holds(dataset, "Benin", "2005-02-28")["in force"] == "yes"


def test_the_last_day_before_a_deposit_is_still_signed_only(dataset: Store) -> None:
    assert holds(dataset, "Benin", "2005-01-30")["signed only"] == "yes"


def test_a_state_without_any_action_has_no_interval(dataset: Store) -> None:
    assert holds(dataset, "Palau", "2025-01-01") == {}


def test_a_range_of_dates_is_written_in_words(dataset: Store) -> None:
    found = status.status_on(dataset, "Fiji", datetime.date(2021, 6, 30))
    party = next(interval for interval in found.intervals if interval.status == "party")
    assert party.sentence() == "party from a date between 2021-01-01 and 2021-09-30"


def test_the_evidence_names_kind_date_and_sources(dataset: Store) -> None:
    found = status.status_on(dataset, "Norway", datetime.date(2020, 1, 1))
    assert [(action.kind, action.date()) for action in found.actions] == [
        ("signature", "2000-06-13"),
        ("ratification", "2001-10-02"),
    ]
    assert all("untc-2015" in [source.name for source in action.sources] for action in found.actions)
    assert not any(action.contributions for action in found.actions)


def test_an_unknown_name_offers_the_nearest(dataset: Store) -> None:
    with pytest.raises(GraphError, match="did you mean Norway"):
        status.status_on(dataset, "Norwey", datetime.date(2020, 1, 1))

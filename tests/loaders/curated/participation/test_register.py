import pytest

from loaders.curated.participation.register import Register
from loaders.errors import InputError
from loaders.tables import Row
from ontology import iris

REGISTER = Register({"untc-2015": "day"}, {"NOR": iris.state("NOR")})


def test_a_known_participant_and_source_are_found() -> None:
    row = Row("table.csv", 2, {"iso3": "NOR", "sources": "untc-2015"})
    assert REGISTER.participant(row, "iso3") == iris.state("NOR")
    assert REGISTER.sources(row, "sources") == ("untc-2015",)


def test_an_unknown_state_is_refused_with_its_line() -> None:
    with pytest.raises(InputError, match=r"^table\.csv:9: column 'iso3', value 'NRW': .*participants\.csv"):
        REGISTER.participant(Row("table.csv", 9, {"iso3": "NRW"}), "iso3")


def test_an_unknown_source_is_refused_with_its_line() -> None:
    with pytest.raises(InputError, match=r"^table\.csv:9: .*the source 'hearsay' is not in sources\.csv"):
        REGISTER.sources(Row("table.csv", 9, {"sources": "untc-2015; hearsay"}), "sources")

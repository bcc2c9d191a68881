"""Lexical forms by the tables of XML Schema 1.1, and none that takes long to judge."""

import time

import pytest

from ontology.terms import RDF, XSD
from shapes.xsd.lexical import is_well_typed

WELL_TYPED = {
    "string": ["", "a\nb", " a "],
    "boolean": ["true", "false", "1", "0"],
    "decimal": ["1", "-1.", "+.5", "007.50", "1" * 5_000],
    "integer": ["0", "-0", "+7", "007", "9" * 5_000],
    "double": ["1", "1e0", "-1.5E-3", "INF", "-INF", "+INF", "NaN", ".5", "5."],
    "float": ["INF", "NaN", "1e400"],
    "date": ["2026-02-28", "2024-02-29", "2000-02-29Z", "-0001-01-01", "0000-01-01", "12026-01-01+14:00"],
    "dateTime": ["2022-02-03T24:00:00", "2022-02-03T24:00:00.00Z", "2022-02-03T10:00:00.123-13:59"],
    "dateTimeStamp": ["2022-02-03T10:00:00Z", "2022-02-03T10:00:00+05:30"],
    "time": ["00:00:00", "24:00:00", "23:59:59.999Z"],
    "gYear": ["2022", "-0044", "12022", "2022Z"],
    "gYearMonth": ["2022-12", "2022-01-14:00"],
    "gMonth": ["--01", "--12Z"],
    "gMonthDay": ["--02-29", "--12-31"],
    "gDay": ["---01", "---31Z"],
    "duration": ["P1Y", "-P1Y2M3DT4H5M6.7S", "PT0S", "P1M", "PT1M", "P13M"],
    "yearMonthDuration": ["P1Y2M", "-P0M"],
    "dayTimeDuration": ["P1D", "PT36H", "P1DT1.5S"],
    "byte": ["127", "-128", "+0"],
    "unsignedByte": ["255", "-0"],
    "long": ["-9223372036854775808", "9223372036854775807"],
    "unsignedLong": ["18446744073709551615"],
    "positiveInteger": ["1", "9" * 5_000],
    "negativeInteger": ["-1"],
    "nonNegativeInteger": ["0", "-0"],
    "nonPositiveInteger": ["0", "-5"],
    "hexBinary": ["", "0fB7"],
    "base64Binary": ["", "YQ==", "YWI=", "YWJj", "Y W J j"],
    "anyURI": ["", "http://example.org/", "a b"],
    "language": ["en", "zh-Hant-TW", "x-private1"],
    "normalizedString": ["a b ", ""],
    "token": ["a b", ""],
    "NMTOKEN": ["1a:b", "-"],
    "Name": ["a:b", "_x"],
    "NCName": ["a-b", "é"],
}
ILL_TYPED = {
    "string": ["a\x00"],
    "boolean": ["yes", "True", "TRUE", "", " true"],
    "decimal": ["", ".", "1e0", "NaN", "INF", "1,5", "--1", "٣"],
    "integer": ["", "+", "-", "1.0", "1.", "twelve", " 1", "1\n"],
    "double": ["", "inf", "nan", "+NaN", "-NaN", "1e", "1e1.5", "1_000", "infinity"],
    "float": ["inf", "1f"],
    "date": [
        *("2026-02-16T00:00:00", "2021-W26", "2026-02-29", "2026-02-30", "1900-02-29", "2026-13-01", "2026-00-01"),
        *("2026", "16/02/2026", "26-02-16", "2026-2-16", "20260216", "02026-02-16", "2026-02-16+14:01", "2026-02-16\n"),
    ],
    "dateTime": [
        *("2022-02-03", "2022-02-03T10:00", "2022-02-03T24:00:01", "2022-02-03T25:00:00", "2022-02-03 10:00:00"),
        *("2022-02-03T10:00:60", "2022-02-03T10:00:00.", "2022-02-03T10:00:00+1:00", "2022-02-30T10:00:00"),
    ],
    "dateTimeStamp": ["2022-02-03T10:00:00"],
    "time": ["10:00", "24:00:01", "1:00:00", "10:00:00+15:00"],
    "gYear": ["22", "2022-01", "02022", "022"],
    "gYearMonth": ["2022-13", "2022", "2022-1"],
    "gMonth": ["01", "--13", "--1"],
    "gMonthDay": ["--02-30", "--04-31", "02-01"],
    "gDay": ["01", "---32", "---00"],
    "duration": ["P", "PT", "P1YT", "1Y", "P1S", "P-1Y", "P1.5Y", "P1D2Y", "PT1.S"],
    "yearMonthDuration": ["P", "P1D", "P1YT1H"],
    "dayTimeDuration": ["P", "PT", "P1Y", "P1M"],
    "byte": ["128", "-129", "1" * 5_000],
    "unsignedByte": ["256", "-1"],
    "long": ["9223372036854775808"],
    "unsignedLong": ["18446744073709551616", "-1"],
    "positiveInteger": ["0", "-1", "-" + "1" * 5_000],
    "negativeInteger": ["0", "1"],
    "nonNegativeInteger": ["-1"],
    "nonPositiveInteger": ["1"],
    "hexBinary": ["f", "0g"],
    "base64Binary": ["Y", "YQ=", "YQ", "YR==", "Y  Q==", " YQ=="],
    "language": ["english_uk", "", "en-", "abcdefghi"],
    "normalizedString": ["a\tb", "a\n"],
    "token": [" a", "a  b", "a\n"],
    "NMTOKEN": ["", "a b"],
    "Name": ["1a", "", "a b"],
    "NCName": ["a:b", "-a"],
}


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in WELL_TYPED.items() for text in texts])
def test_forms_in_the_lexical_space_are_well_typed(name: str, text: str) -> None:
    assert is_well_typed(text, XSD[name])


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in ILL_TYPED.items() for text in texts])
def test_forms_outside_the_lexical_space_are_ill_typed(name: str, text: str) -> None:
    assert not is_well_typed(text, XSD[name])


def test_xml_literals_are_well_balanced() -> None:
    assert is_well_typed("a <b>c</b>", RDF.XMLLiteral)
    assert not is_well_typed("<b>", RDF.XMLLiteral)
    assert not is_well_typed("</content><content>", RDF.XMLLiteral)


def test_any_text_has_an_unknown_datatype() -> None:
    assert is_well_typed("anything", RDF.HTML)


@pytest.mark.parametrize("name", WELL_TYPED)
@pytest.mark.parametrize("unit", ["1", "a ", "a-", "aaaa", "1Y", "P1Y", "-", "YQ", ":"])
def test_no_text_takes_long(name: str, unit: str) -> None:
    started = time.process_time()
    is_well_typed(unit * 100_000 + "\x00", XSD[name])
    assert time.process_time() - started < 1

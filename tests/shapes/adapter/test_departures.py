"""Each departure from pySHACL has the outcome of the recommendation, by the engine and by pySHACL as patched.

docs/validation-engine.md lists the departures with their sections.
"""

import pytest
from pyoxigraph import RdfFormat, parse

from shapes import validation

PREFIXES = """
@prefix ex: <https://example.org/> . @prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
NOW = '"2020-01-01T00:00:00Z"^^xsd:dateTime'
CASES = [
    *(
        (f"ex:p {value}", f"sh:datatype xsd:{value.partition('xsd:')[2]}", 1)
        for value in (
            *('"2026-02-16T00:00:00"^^xsd:date', '"2021-W26"^^xsd:date', '"2022-07-08T06:48:22"^^xsd:date'),
            *('"22"^^xsd:gYear', '"2022-01"^^xsd:gYear', '"2022-13"^^xsd:gYearMonth', '"NaN"^^xsd:decimal'),
            *('"2022-02-03"^^xsd:dateTime', '"2022-02-03T10:00"^^xsd:dateTime', '"english_uk"^^xsd:language'),
            *('"2022-02-03T10:00:00"^^xsd:dateTimeStamp', '"yes"^^xsd:boolean', '"300"^^xsd:byte'),
        )
    ),
    ('ex:p "2022-02-03T24:00:00"^^xsd:dateTime', "sh:datatype xsd:dateTime", 0),
    ('ex:p "INF"^^xsd:double, "NaN"^^xsd:double', "sh:datatype xsd:double", 0),
    ('ex:p "NaN"^^xsd:decimal', "sh:minInclusive 1", 1),
    ('ex:p "NaN"^^xsd:double', "sh:minInclusive 0.0", 1),
    ('ex:p "NaN"^^xsd:double', "sh:maxInclusive 0.0", 1),
    ('ex:p "INF"^^xsd:double', "sh:minInclusive 0.0", 0),
    ('ex:p 5, "2020"^^xsd:gYear', f"sh:minInclusive {NOW}", 2),
    ('ex:p "2020-06-01"^^xsd:date', f"sh:minInclusive {NOW}", 1),
    ('ex:p "2020-01-01"^^xsd:date ; ex:q "2020-06-01T00:00:00"^^xsd:dateTime', "sh:lessThan ex:q", 1),
    (f'ex:p "2019-12-31T23:00:00"^^xsd:dateTime ; ex:q {NOW}', "sh:lessThan ex:q", 1),
    (f'ex:p "2019-12-30T00:00:00"^^xsd:dateTime ; ex:q {NOW}', "sh:lessThan ex:q", 0),
    ("ex:p ex:a ; ex:q ex:b", "sh:lessThan ex:q", 1),
    ('ex:p "NOR\\n"', 'sh:pattern "^[A-Z]{3}$"', 1),
    ('ex:p "abc"', 'sh:pattern "a b c" ; sh:flags "x"', 0),
    ('ex:p "a\\nb"', 'sh:pattern "a.b" ; sh:flags "s"', 0),
    ('ex:p "a\\nb"', 'sh:pattern "a.b"', 1),
    ('ex:p "a.b"', 'sh:pattern "a.b" ; sh:flags "q"', 0),
    ('ex:p "axb"', 'sh:pattern "a.b" ; sh:flags "q"', 1),
    ('ex:p "a"@zh-Hant-TW', 'sh:languageIn ( "zh-Hant" )', 0),
    ('ex:p "a"@zh-Hans', 'sh:languageIn ( "zh-Hant" )', 1),
]


@pytest.mark.parametrize("evaluated_by", ["engine", "pyshacl"])
@pytest.mark.parametrize(("data", "constraint", "violations"), CASES)
def test_a_constraint_has_so_many_violations(data: str, constraint: str, violations: int, evaluated_by: str) -> None:
    shape = f'[ sh:path ex:p ; sh:message "m" ; {constraint} ]'
    assert results(f"ex:n {data} .", shape, evaluated_by) == violations


@pytest.mark.parametrize("evaluated_by", ["engine", "pyshacl"])
@pytest.mark.parametrize(("path", "violations"), [("ex:a ex:b", 0), ("ex:b ex:a", 1)])
def test_the_inverse_of_a_sequence_starts_at_its_end(path: str, violations: int, evaluated_by: str) -> None:
    shape = f'[ sh:path [ sh:inversePath ( {path} ) ] ; sh:message "m" ; sh:minCount 1 ]'
    assert results("ex:x ex:a ex:y . ex:y ex:b ex:n .", shape, evaluated_by) == violations


def results(data: str, shape: str, evaluated_by: str) -> int:
    # A constraint component of its own makes the engine leave every shape to pySHACL.
    own = "ex:Own a sh:ConstraintComponent ; sh:parameter [ sh:path ex:own ] ; sh:validator ex:Ask ." + (
        'ex:Ask a sh:SPARQLAskValidator ; sh:ask "ASK {}" .'
    )
    shapes = f"ex:S a sh:NodeShape ; sh:targetNode ex:n ; sh:property {shape} . {own * (evaluated_by == 'pyshacl')}"
    report = validation.validate(*(list(parse(PREFIXES + text, RdfFormat.TURTLE)) for text in (data, shapes)))
    return len(report.results)

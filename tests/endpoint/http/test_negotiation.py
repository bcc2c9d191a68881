import pytest

from endpoint.http.negotiation import best, negotiate
from endpoint.http.problems import Problem
from graph.sparql import formats

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
RDFLIB_STORE = "application/sparql-results+xml, application/rdf+xml"


@pytest.mark.parametrize(
    ("accept", "solutions", "graph"),
    [
        (None, "application/sparql-results+json", "text/turtle"),
        ("", "application/sparql-results+json", "text/turtle"),
        ("*/*", "application/sparql-results+json", "text/turtle"),
        ("application/*", "application/sparql-results+json", "application/n-triples"),
        ("text/*", "text/csv", "text/turtle"),
        ("application/json", "application/json", "application/json"),
        ("text/csv", "text/csv", None),
        ("text/tab-separated-values", "text/tab-separated-values", None),
        ("text/turtle", None, "text/turtle"),
        ("application/ld+json", None, "application/ld+json"),
        ("text/csv;q=0.5, application/sparql-results+xml;q=0.9", "application/sparql-results+xml", None),
        ("text/csv, */*;q=0.1", "text/csv", "text/turtle"),
        ("text/turtle;q=0, */*;q=0.1", "application/sparql-results+json", "application/n-triples"),
        ("application/sparql-results+json;q=0, text/csv;q=0", None, None),
        ("TEXT/CSV", "text/csv", None),
        ("text/turtle; charset=utf-8", None, "text/turtle"),
        ('application/ld+json; profile="http://www.w3.org/ns/json-ld#compacted"', None, "application/ld+json"),
        (RDFLIB_STORE, "application/sparql-results+xml", "application/rdf+xml"),
        (BROWSER, "application/xml", "application/xml"),
        ("image/png", None, None),
        ("nonsense", None, None),
        ("text/csv;q=nonsense, text/tab-separated-values", "text/tab-separated-values", None),
    ],
)
def test_accept_chooses_a_format_for_each_form(accept: str | None, solutions: str | None, graph: str | None) -> None:
    assert tuple(negotiated and negotiated.media_type for negotiated in negotiate(accept)) == (solutions, graph)


@pytest.mark.parametrize(
    ("values", "solutions", "graph"),
    [
        (["json"], formats.JSON, formats.JSON_LD),
        (["xml"], formats.XML, formats.RDF_XML),
        (["csv"], formats.CSV, None),
        (["TTL"], None, formats.TURTLE),
        (["text/turtle"], None, formats.TURTLE),
        (["tsv", "text/tab-separated-values"], formats.TSV, None),
        (["nonsense", "csv"], formats.CSV, None),
        (["application/ld+json,application/x-json+ld"], None, formats.JSON_LD),
        (["csv,turtle"], formats.CSV, formats.TURTLE),
    ],
)
def test_the_format_parameter_wins_over_accept(
    values: list[str], solutions: formats.Format | None, graph: formats.Format | None
) -> None:
    negotiated = negotiate("application/sparql-results+json, application/n-quads", values)
    assert tuple(one and one.format for one in negotiated) == (solutions, graph)


def test_an_empty_format_parameter_counts_as_none() -> None:
    assert negotiate("text/csv", ["", " "]) == negotiate("text/csv")


def test_a_format_that_does_not_exist_is_a_problem_that_names_those_that_do() -> None:
    with pytest.raises(Problem, match="unknown format 'pdf'; the formats are csv, json") as caught:
        negotiate(None, ["pdf"])
    assert caught.value.code == "format-unknown"


def test_text_formats_announce_their_charset() -> None:
    choice = best("text/csv", formats.SOLUTIONS)
    assert choice is not None
    assert choice.content_type == "text/csv; charset=utf-8"
    default = best(None, formats.SOLUTIONS)
    assert default is not None
    assert default.content_type == "application/sparql-results+json"


@pytest.mark.parametrize("padding", [0, 1_000])
def test_a_header_that_comes_again_has_the_same_outcome(padding: int) -> None:
    """Whether or not it is short enough to be remembered, and not where a parameter replaces it."""
    accept = "text/csv, text/turtle" + " " * padding
    for _ in range(2):
        negotiated = negotiate(accept)
        assert tuple(one and one.format for one in negotiated) == (formats.CSV, formats.TURTLE)
        assert negotiate(accept, ["xml"])[0] != negotiated[0]

import pytest

from endpoint.http import sparql_protocol
from endpoint.http.problems import Problem

FORM = "application/x-www-form-urlencoded"
QUERY = "application/sparql-query"


def test_a_get_request_is_read() -> None:
    request = sparql_protocol.from_url(
        b"query=ASK%20%7B%7D&default-graph-uri=http%3A%2F%2Fa&default-graph-uri=http://b&named-graph-uri=http://c&format=csv"
    )
    assert (request.query, request.default_graphs, request.named_graphs, request.formats) == (
        "ASK {}",
        ("http://a", "http://b"),
        ("http://c",),
        ("csv",),
    )


def test_a_get_request_without_a_query_has_none() -> None:
    assert sparql_protocol.from_url(b"").query is None
    assert sparql_protocol.from_url(b"format=turtle").query is None


def test_a_form_is_decoded_once() -> None:
    asked = sparql_protocol.from_body(b"", FORM, "", b"query=ASK+%7B+%3Fs+%3Fp+%22a%252Bb%22+%7D")
    assert asked.query == 'ASK { ?s ?p "a%2Bb" }'


def test_a_query_as_body_has_its_dataset_in_the_url() -> None:
    request = sparql_protocol.from_body(
        b"default-graph-uri=http://a", f"{QUERY}; charset=UTF-8", "", "ASK { 'é+%2B' }".encode()
    )
    assert (request.query, request.default_graphs) == ("ASK { 'é+%2B' }", ("http://a",))
    assert (request.named_graphs, request.formats) == ((), ())


def test_unknown_parameters_are_ignored() -> None:
    assert sparql_protocol.from_url(b"query=ASK%7B%7D&results=json&nonsense=1&timeout=5&x").query == "ASK{}"


@pytest.mark.parametrize(
    ("content_type", "body", "code"),
    [
        (FORM, b"", "query-missing"),
        (FORM, b"Query=ASK", "query-missing"),
        (FORM, b"query=ASK&query=ASK", "parameter-repeated"),
        (FORM, b"update=CLEAR+ALL", "update-refused"),
        (FORM, b"query=%FF", "encoding-invalid"),
        (FORM, b"query=\xff", "encoding-invalid"),
        (FORM, b"query=%ED%A0%80", "encoding-invalid"),
        (FORM, b"&".join([b"x=1"] * 1001), "request-invalid"),
        (QUERY, b"ASK { '\xe9' }", "encoding-invalid"),
        (f"{QUERY}; charset=iso-8859-1", b"ASK {}", "media-type-unsupported"),
        ("application/sparql-update", b"CLEAR ALL", "update-refused"),
        ("text/plain", b"ASK {}", "media-type-unsupported"),
        ("multipart/form-data; boundary=x", b"--x--", "media-type-unsupported"),
        ("", b"ASK {}", "media-type-unsupported"),
    ],
)
def test_a_post_request_that_cannot_be_read_has_a_code(content_type: str, body: bytes, code: str) -> None:
    with pytest.raises(Problem) as caught:
        sparql_protocol.from_body(b"", content_type, "", body)
    assert caught.value.code == code


def test_a_query_both_in_the_url_and_in_the_body_is_refused() -> None:
    for content_type, body in ((FORM, b"query=ASK%7B%7D"), (QUERY, b"ASK{}")):
        with pytest.raises(Problem) as caught:
            sparql_protocol.from_body(b"query=ASK%7B%7D", content_type, "", body)
        assert caught.value.code == "parameter-repeated"


def test_a_compressed_body_is_refused() -> None:
    with pytest.raises(Problem) as caught:
        sparql_protocol.from_body(b"", QUERY, "gzip", b"\x1f\x8b")
    assert caught.value.code == "media-type-unsupported"


@pytest.mark.parametrize("query_string", [b"query=ASK&query=ASK", b"query=%FF", b"update=CLEAR+ALL"])
def test_a_get_request_that_cannot_be_read_is_refused(query_string: bytes) -> None:
    with pytest.raises(Problem):
        sparql_protocol.from_url(query_string)


@pytest.mark.parametrize("length", [1, 5_000])
def test_a_body_that_comes_again_is_read_as_before(length: int) -> None:
    """Also by another URL or content type, and whether or not it is short enough to be remembered."""
    query = "A" * length
    body = f"query={query}&x=1".encode()
    for _ in range(2):
        assert sparql_protocol.from_body(b"y=2", FORM, "", body).parameters == (
            ("y", "2"),
            ("query", query),
            ("x", "1"),
        )
        assert sparql_protocol.from_body(b"", FORM, "", body).parameters == (("query", query), ("x", "1"))
        assert sparql_protocol.from_body(b"", QUERY, "", body).query == body.decode()
        with pytest.raises(Problem):
            sparql_protocol.from_body(b"", FORM, "gzip", body)

import gzip

import pytest

from endpoint.http import compression


@pytest.mark.parametrize(
    ("header", "worthwhile", "coding"),
    [
        (None, True, "identity"),
        ("", True, "identity"),
        ("gzip", True, "gzip"),
        ("x-gzip", True, "gzip"),
        ("GZIP", True, "gzip"),
        ("deflate, compress", True, "identity"),
        ("gzip, br, zstd", True, "zstd"),
        ("gzip;q=1.0, br;q=0.9", True, "gzip"),
        ("gzip; q=0.2 , br ;q=0.3", True, "br"),
        ("gzip;q=0", True, "identity"),
        ("gzip;q=0.5, identity", True, "identity"),
        ("gzip;q=0.5, identity;q=0.5", True, "gzip"),
        ("gzip;q=high", True, "identity"),
        ("gzip;q=2", True, "identity"),
        ("*", True, "zstd"),
        ("*;q=0.5, zstd;q=0", True, "br"),
        ("gzip, *;q=0", True, "gzip"),
        ("*;q=0", True, None),
        ("identity;q=0", True, None),
        ("identity;q=0, deflate", True, None),
        ("gzip", False, "identity"),
        ("gzip, identity;q=0", False, "gzip"),
        ("gzip, *;q=0", False, "gzip"),
        ("identity;q=0", False, None),
        (",,;q=1,", True, "identity"),
    ],
)
def test_the_coding_that_a_client_wants_most(header: str | None, worthwhile: bool, coding: str | None) -> None:
    assert compression.negotiate(header, worthwhile=worthwhile) == coding


@pytest.mark.parametrize(
    "content_type",
    [
        "text/turtle; charset=utf-8",
        "application/sparql-results+json",
        "application/rdf+xml",
        "application/n-quads",
        "image/svg+xml",
        "TEXT/HTML",
    ],
)
def test_text_is_worth_compressing(content_type: str) -> None:
    assert compression.is_text(content_type)


@pytest.mark.parametrize(
    "content_type", ["", "application/gzip", "image/png", "application/octet-stream", "font/woff2"]
)
def test_what_is_compressed_already_is_not(content_type: str) -> None:
    assert not compression.is_text(content_type)


def test_the_same_content_has_the_same_coded_bytes() -> None:
    content = b"<http://e/s> <http://e/p> <http://e/o> .\n" * 100
    for coding in compression.CODINGS:
        assert compression.encode(content, coding) == compression.encode(content, coding)
    assert gzip.decompress(compression.encode(content, "gzip")) == content

import time

from endpoint.front.cache import ResponseCache, entity_tag
from endpoint.front.response import Response, tag_of

JSON = [("content-type", "application/json")]


def response(size: int) -> Response:
    return Response(200, list(JSON), b"x" * size)


def test_those_asked_for_last_are_kept() -> None:
    cache = ResponseCache(40_000)
    cache.switch("version")
    for name in (b"a", b"b", b"c"):
        cache.put("version", name, response(7_000))
    assert cache.get(b"a") is not None
    cache.put("version", b"d", response(7_000))
    cache.put("version", b"e", response(7_000))
    assert cache.get(b"b") is None
    assert cache.get(b"a") is not None
    assert cache.size <= 40_000


def test_an_answer_too_large_for_its_share_is_not_kept() -> None:
    cache = ResponseCache(40_000)
    cache.switch("version")
    cache.put("version", b"small", response(10))
    cache.put("version", b"large", response(20_000))
    assert cache.get(b"large") is None
    assert cache.get(b"small") is not None


def test_coded_forms_are_counted() -> None:
    cache = ResponseCache(1_000_000)
    cache.switch("version")
    kept = Response(200, list(JSON), bytes(range(256)) * 100)
    cache.put("version", b"a", kept)
    before = cache.size
    kept.encode("gzip")
    cache.put("version", b"a", kept)
    assert cache.size == before + len(kept.encoded("gzip"))
    cache.switch("next")
    assert (cache.size, len(cache)) == (0, 0)


def test_an_answer_that_grew_too_large_is_forgotten_and_no_longer_counted() -> None:
    cache = ResponseCache(50_000)
    cache.switch("version")
    kept = Response(200, list(JSON), bytes(10_000))
    cache.put("version", b"a", kept)
    kept.body = bytes(10_000)
    kept._bodies["other"] = bytes(5_000)
    cache.put("version", b"a", kept)
    assert (cache.get(b"a"), cache.size) == (None, 0)


def test_a_new_version_empties_it_and_what_comes_late_is_not_kept() -> None:
    cache = ResponseCache(40_000)
    cache.switch("before")
    cache.put("before", b"a", response(10))
    cache.switch("after")
    assert cache.get(b"a") is None
    cache.put("before", b"a", response(10))
    assert cache.get(b"a") is None


def test_a_tag_tells_versions_requests_formats_codings_and_bytes_apart() -> None:
    tags = {
        entity_tag("1", b"key", JSON, b"body"),
        entity_tag("2", b"key", JSON, b"body"),
        entity_tag("1", b"other", JSON, b"body"),
        entity_tag("1", b"key", [("content-type", "text/csv")], b"body"),
        entity_tag("1", b"key", JSON, b"other"),
        tag_of(entity_tag("1", b"key", JSON, b"body"), "gzip"),
        tag_of(entity_tag("1", b"key", JSON, b"body"), "br"),
    }
    assert len(tags) == 7
    assert entity_tag("1", b"key", [*JSON, ("x-request-id", "1")], b"body") in tags


def test_a_form_tells_a_time_only_once_it_has_come() -> None:
    kept = Response(200, list(JSON), b"body", tag='"tag"', modified=int(time.time()) + 2)
    early = kept.representation("identity")
    assert (early.modified, early.headers) == (None, [*JSON, ("etag", '"tag"')])
    kept.modified = int(time.time()) - 1
    late = kept.representation("identity")
    assert late.modified == kept.modified
    assert [name for name, _ in late.headers] == ["content-type", "etag", "last-modified"]
    assert [name for name, _ in late.not_modified] == ["etag", "last-modified"]
    assert kept.representation("identity") is late


def test_each_form_has_headers_of_its_own() -> None:
    kept = Response(200, list(JSON), b"body" * 100, tag='"tag"')
    kept.encode("gzip")
    plain, coded = kept.representation("identity"), kept.representation("gzip")
    assert (plain.tag, coded.tag) == ('"tag"', '"tag-gzip"')
    assert (plain.body, coded.body) == (kept.body, kept.encoded("gzip"))
    assert ("content-encoding", "gzip") in coded.headers
    assert ("content-encoding", "gzip") not in [*plain.headers, *coded.not_modified]

import time

from endpoint.front.cache import Answer, ResultCache, entity_tag, tagged

JSON = [("content-type", "application/json")]


def answer(size: int) -> Answer:
    return Answer(200, list(JSON), b"x" * size)


def test_those_asked_for_last_are_kept() -> None:
    cache = ResultCache(40_000)
    cache.serve("version")
    for name in (b"a", b"b", b"c"):
        cache.put("version", name, answer(7_000))
    assert cache.get(b"a") is not None
    cache.put("version", b"d", answer(7_000))
    cache.put("version", b"e", answer(7_000))
    assert cache.get(b"b") is None
    assert cache.get(b"a") is not None
    assert cache.size <= 40_000


def test_an_answer_too_large_for_its_share_is_not_kept() -> None:
    cache = ResultCache(40_000)
    cache.serve("version")
    cache.put("version", b"small", answer(10))
    cache.put("version", b"large", answer(20_000))
    assert cache.get(b"large") is None
    assert cache.get(b"small") is not None


def test_coded_forms_are_counted() -> None:
    cache = ResultCache(1_000_000)
    cache.serve("version")
    kept = Answer(200, list(JSON), bytes(range(256)) * 100)
    cache.put("version", b"a", kept)
    before = cache.size
    kept.code("gzip")
    cache.put("version", b"a", kept)
    assert cache.size == before + len(kept.form("gzip"))
    cache.serve("next")
    assert (cache.size, len(cache)) == (0, 0)


def test_an_answer_that_grew_too_large_is_forgotten_and_no_longer_counted() -> None:
    cache = ResultCache(50_000)
    cache.serve("version")
    kept = Answer(200, list(JSON), bytes(10_000))
    cache.put("version", b"a", kept)
    kept.body = bytes(10_000)
    kept._forms["other"] = bytes(5_000)
    cache.put("version", b"a", kept)
    assert (cache.get(b"a"), cache.size) == (None, 0)


def test_a_new_version_empties_it_and_what_comes_late_is_not_kept() -> None:
    cache = ResultCache(40_000)
    cache.serve("before")
    cache.put("before", b"a", answer(10))
    cache.serve("after")
    assert cache.get(b"a") is None
    cache.put("before", b"a", answer(10))
    assert cache.get(b"a") is None


def test_a_tag_tells_versions_requests_formats_codings_and_bytes_apart() -> None:
    tags = {
        entity_tag("1", b"key", JSON, b"body"),
        entity_tag("2", b"key", JSON, b"body"),
        entity_tag("1", b"other", JSON, b"body"),
        entity_tag("1", b"key", [("content-type", "text/csv")], b"body"),
        entity_tag("1", b"key", JSON, b"other"),
        tagged(entity_tag("1", b"key", JSON, b"body"), "gzip"),
        tagged(entity_tag("1", b"key", JSON, b"body"), "br"),
    }
    assert len(tags) == 7
    assert entity_tag("1", b"key", [*JSON, ("x-request-id", "1")], b"body") in tags


def test_a_form_tells_a_time_only_once_it_has_come() -> None:
    kept = Answer(200, list(JSON), b"body", tag='"tag"', modified=int(time.time()) + 2)
    early = kept.ready("identity")
    assert (early.modified, early.headers) == (None, [*JSON, ("etag", '"tag"')])
    kept.modified = int(time.time()) - 1
    late = kept.ready("identity")
    assert late.modified == kept.modified
    assert [name for name, _ in late.headers] == ["content-type", "etag", "last-modified"]
    assert [name for name, _ in late.rest] == ["etag", "last-modified"]
    assert kept.ready("identity") is late


def test_each_form_has_headers_of_its_own() -> None:
    kept = Answer(200, list(JSON), b"body" * 100, tag='"tag"')
    kept.code("gzip")
    plain, coded = kept.ready("identity"), kept.ready("gzip")
    assert (plain.tag, coded.tag) == ('"tag"', '"tag-gzip"')
    assert (plain.body, coded.body) == (kept.body, kept.form("gzip"))
    assert ("content-encoding", "gzip") in coded.headers
    assert ("content-encoding", "gzip") not in [*plain.headers, *coded.rest]

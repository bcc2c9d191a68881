import asyncio
from collections.abc import AsyncIterator

import pytest

from endpoint.front.request_body import BodyReader
from endpoint.http.problems import Problem
from endpoint.settings import EndpointSettings

SETTINGS = EndpointSettings(body_bytes=10, upload_bytes=100)


class Headers(dict[str, str]):
    def get_all(self, key: str) -> list[str]:
        return [self[key]] if key in self else []


CHUNKED = Headers({"transfer-encoding": "chunked"})


async def chunks(*sizes: int, pause: float = 0) -> AsyncIterator[bytes]:
    for size in sizes:
        await asyncio.sleep(pause)
        yield b"x" * size


@pytest.mark.parametrize(
    ("path", "headers", "sizes", "read"),
    [
        ("/sparql", Headers(), [5], 0),
        ("/sparql", Headers({"content-length": "5"}), [2, 3], 5),
        ("/sparql", Headers({"content-length": "12"}), [12], 0),
        ("/sparql", Headers({"content-length": "-1"}), [5], 0),
        ("/sparql", CHUNKED, [5, 5], 10),
        ("/sparql", CHUNKED, [5, 6, 1_000_000], 11),
        ("/data", CHUNKED, [50, 50], 100),
        ("/validate", CHUNKED, [50, 60, 1_000_000], 110),
    ],
)
def test_no_more_is_read_than_shows_that_it_is_too_much(
    path: str, headers: Headers, sizes: list[int], read: int
) -> None:
    body = asyncio.run(BodyReader(SETTINGS, 10).read(path, headers, chunks(*sizes)))
    assert len(body) == read


def test_a_body_that_takes_too_long_is_given_up() -> None:
    with pytest.raises(Problem, match="did not arrive in time") as caught:
        asyncio.run(BodyReader(SETTINGS, 0.1).read("/data", CHUNKED, chunks(1, 1, pause=1)))
    assert caught.value.code == "request-timeout"


def test_bodies_under_way_share_what_memory_there_is_and_give_it_back() -> None:
    async def many(bodies: BodyReader, number: int) -> list[object]:
        reading = (bodies.read("/data", CHUNKED, chunks(50, 50, pause=0.05)) for _ in range(number))
        return await asyncio.gather(*reading, return_exceptions=True)

    async def one_after_the_other() -> None:
        bodies = BodyReader(SETTINGS, 10)
        read = await many(bodies, 40)
        assert any(isinstance(one, Problem) and one.code == "busy" for one in read)
        assert any(isinstance(one, bytes) and len(one) == 100 for one in read)
        assert all(isinstance(one, bytes) for one in await many(bodies, 10))

    asyncio.run(one_after_the_other())


def test_a_body_that_is_cut_before_its_last_chunk_is_refused() -> None:
    """Granian gives an error as an empty part, and one more at the end of every body."""
    bodies = BodyReader(SETTINGS, 10)
    assert asyncio.run(bodies.read("/data", CHUNKED, chunks(50, 0))) == b"x" * 50
    with pytest.raises(Problem, match="ended before its last chunk") as caught:
        asyncio.run(bodies.read("/data", CHUNKED, chunks(50, 0, 0)))
    assert caught.value.code == "request-invalid"

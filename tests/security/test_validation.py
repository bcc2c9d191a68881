"""Attacks on /validate: shapes are code, and data may be a bomb."""

import time

import pytest

from tests.endpoint import multipart
from tests.endpoint.multipart import Part
from tests.hostile_input import CROSSING, DATA, ENDLESS_PATTERNS, MANY, UNUSABLE_SHAPES, endless
from tests.security.attacking import UPLOAD_BYTES, VALIDATION_SECONDS, answers, problem
from tests.serving import Listener, Reply, Server


def with_shapes(server: Server, shapes: bytes, data: bytes = DATA) -> Reply:
    content = multipart.body(Part("data", data), Part("shapes", shapes))
    return server.request("POST", "/validate?against=none", content, Content_Type=multipart.CONTENT_TYPE)


@pytest.mark.parametrize("pattern", ENDLESS_PATTERNS)
def test_a_pattern_that_never_ends_is_stopped(server: Server, pattern: bytes) -> None:
    begun = time.monotonic()
    reply = with_shapes(server, endless(pattern))
    assert time.monotonic() - begun < 10 * VALIDATION_SECONDS
    assert reply.status == 200 or problem(reply) == (504, "deadline-exceeded")
    assert answers(server)


def test_a_query_in_shapes_is_stopped(server: Server) -> None:
    assert problem(with_shapes(server, CROSSING, MANY))[1] in {"deadline-exceeded", "memory-exceeded"}
    assert answers(server)


@pytest.mark.parametrize("what", ["SERVICE", "silent SERVICE", "escaped SERVICE", "FROM", "imports", "JavaScript"])
def test_shapes_reach_no_other_machine(server: Server, listener: Listener, what: str) -> None:
    shapes = UNUSABLE_SHAPES[what].replace(b"{URL}", listener.url.encode())
    assert problem(with_shapes(server, shapes)) == (422, "shapes-unusable")
    assert listener.connections == 0


@pytest.mark.parametrize("what", ["SPARQL target", "rule", "recursion", "mutual recursion"])
def test_shapes_that_are_more_than_constraints_are_refused(server: Server, what: str) -> None:
    assert problem(with_shapes(server, UNUSABLE_SHAPES[what])) == (422, "shapes-unusable")


def test_a_form_of_thousands_of_parts_is_refused_in_time(server: Server) -> None:
    part = b'--x\r\nContent-Disposition: form-data; name="data"\r\nContent-Type: text/turtle\r\n\r\n\r\n'
    content = part * 3_000 + b"--x--\r\n"
    assert len(content) < UPLOAD_BYTES
    reply = server.request("POST", "/validate", content, Content_Type="multipart/form-data; boundary=x")
    assert problem(reply) == (413, "body-too-large")

"""What is fuzzed: a case is made from a number, run, and its outcome named. An unexpected outcome raises."""

import contextlib
import io
import itertools
import os
import random
import sys
import tempfile
import warnings
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final

from pyoxigraph import Quad, RdfFormat, Store, parse

from bench.fuzz import mutations
from graph import warmup
from graph.pool import sandbox
from graph.settings import QueryLimits
from graph.sparql.engine import QueryEngine
from graph.validation import (
    LANGUAGES,
    REPORTS,
    Document,
    DocumentError,
    UnusableShapesError,
    ValidationRequest,
    validate_documents,
)
from opsc import cli
from shapes import documents

SEEDS: Final = Path(__file__).with_name("seeds.ttl")
_LONGEST_MESSAGE: Final = 1_000


class UnexpectedError(Exception):
    """An outcome that is neither a report nor a refusal."""


def shapes_case(number: int, seed: int) -> str:
    """Validate the data of the seeds, or of an example, against mutated shapes."""
    chance = random.Random(f"{seed} shapes {number}")
    shapes, media_type = _mutated_document(chance, chance.choice(_shape_seeds()))
    data, _ = mutations.document(chance.choice((_seeds(), chance.choice(_examples()))), chance, RdfFormat.TURTLE)
    return _judged(chance, (data, RdfFormat.TURTLE), (shapes, media_type))


def data_case(number: int, seed: int) -> str:
    """Validate mutated data against the project's shapes, or the shapes of the seeds."""
    chance = random.Random(f"{seed} data {number}")
    own = chance.random() < 0.1
    data = _mutated_document(chance, _seeds() if own else chance.choice(_examples()))
    shapes = mutations.document(_seeds(), chance, RdfFormat.TURTLE) if own else None
    return _judged(chance, data, shapes)


def command_case(number: int, seed: int) -> str:
    """Run ``opsc validate`` on mutated shapes or data, in this process."""
    chance = random.Random(f"{seed} command {number}")
    of_shapes = chance.random() < 0.5
    shapes = _mutated_document(chance, chance.choice(_shape_seeds()))
    plain = mutations.document(_seeds(), chance)
    data = plain if of_shapes else _mutated_document(chance, chance.choice(_examples()))
    _engine()
    with tempfile.TemporaryDirectory() as folder:
        paths = [_written(Path(folder), name, *one) for name, one in (("data", data), ("shapes", shapes))]
        options = ["--shapes", str(paths[1])] if of_shapes else []
        explains = ["--explain"] if chance.random() < 0.2 else []
        report = ["--format", chance.choice(REPORTS).names[0], "--lang", chance.choice(LANGUAGES)]
        arguments = ["validate", "--against", "none", *options, *explains, *report, str(paths[0])]
        return _command_outcome(arguments)


def http_parts(number: int, seed: int) -> tuple[dict[str, tuple[bytes, str]], str]:
    """Return the parts of a form for ``POST /validate``, each with its media type, and the name of a report format."""
    chance = random.Random(f"{seed} http {number}")
    of_shapes = chance.random() < 0.5
    shapes = _mutated_document(chance, chance.choice(_shape_seeds()))
    plain = mutations.document(_seeds(), chance)
    data = plain if of_shapes else _mutated_document(chance, chance.choice(_examples()))
    parts = {"data": (data[0], data[1].media_type)}
    return parts | ({"shapes": (shapes[0], shapes[1].media_type)} if of_shapes else {}), chance.choice(REPORTS).names[0]


def prepare(kind: str) -> None:
    """Load what cases need, and let this process open no more files, as a process of the server that validates."""
    _engine(), _seeds(), _examples(), _shape_seeds()
    if kind != "command":
        warmup.warm_up()
        sandbox.forbid_new_files()


CASES: Final[dict[str, Callable[[int, int], str]]] = {
    "shapes": shapes_case,
    "data": data_case,
    "command": command_case,
}


def _mutated_document(chance: random.Random, quads: tuple[Quad, ...]) -> tuple[bytes, RdfFormat]:
    changed = mutations.mutated(quads, chance)
    content, rdf_format = mutations.document(changed, chance, RdfFormat.TURTLE if chance.random() < 0.5 else None)
    return (mutations.damaged(content, chance) if chance.random() < 0.25 else content), rdf_format


def _judged(chance: random.Random, data: tuple[bytes, RdfFormat], shapes: tuple[bytes, RdfFormat] | None) -> str:
    given = tuple(Document(one[0], one[1].media_type, "shapes", "http://b/") for one in (shapes,) if one is not None)
    document = Document(data[0], data[1].media_type, "data", "http://b/" if chance.random() < 0.5 else None)
    request = ValidationRequest((document,), given, "none", chance.choice(REPORTS).names[0], chance.choice(LANGUAGES))
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        try:
            outcome = "conforms" if validate_documents(_engine(), request, "merged").conforms else "does not conform"
        except (DocumentError, UnusableShapesError) as refusal:
            message = str(refusal)
            if not message or len(message) > _LONGEST_MESSAGE or "Traceback" in message:
                raise UnexpectedError(f"message {message!r}") from refusal
            outcome = "unusable shapes" if isinstance(refusal, UnusableShapesError) else "unreadable"
            if "pySHACL cannot use" in message:
                outcome = f"unusable shapes, not named: {message[:110]}"
    if told:
        raise UnexpectedError(f"warning {told[0].message}")
    return outcome


def _command_outcome(arguments: list[str]) -> str:
    """Run ``opsc`` as its process does, with standard output and error caught."""
    told, failed = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
    sys.argv = ["opsc", *arguments]
    code: object = None
    with contextlib.redirect_stdout(told), contextlib.redirect_stderr(failed):
        try:
            cli.main()
        except SystemExit as ended:
            code = ended.code or 0
    output, errors = (one.buffer.getvalue().decode() for one in (told, failed))
    if code not in (0, 1, 2) or "Traceback" in errors:
        raise UnexpectedError(f"exit code {code}: {errors[-300:]}")
    if code in (0, 1) and not output:
        raise UnexpectedError(f"exit code {code} without a report: {errors}")
    if code == 2 and (len(errors.strip().splitlines()) != 1 or not errors.strip().isprintable()):
        raise UnexpectedError(f"not one line: {errors!r}")
    if code != 2 and errors:
        raise UnexpectedError(f"beside the report: {errors!r}")
    return f"exit code {code}"


def _written(folder: Path, name: str, content: bytes, rdf_format: RdfFormat) -> Path:
    path = folder / f"{name}.{rdf_format.file_extension}"
    path.write_bytes(content)
    return path


@cache
def _engine() -> QueryEngine:
    os.environ.setdefault("OPSC_HOME", tempfile.mkdtemp())
    return QueryEngine(Store(), QueryLimits())


@cache
def _seeds() -> tuple[Quad, ...]:
    return tuple(parse(path=SEEDS, format=RdfFormat.TURTLE))


@cache
def _examples() -> tuple[tuple[Quad, ...], ...]:
    paths = sorted((documents.FOLDER / "examples").glob("*.ttl"))
    return tuple(tuple(parse(path=path, format=RdfFormat.TURTLE)) for path in paths)


@cache
def _shape_seeds() -> tuple[tuple[Quad, ...], ...]:
    """Return sets of shapes, from whole files down to what hangs on one shape, so that a mutation is felt."""
    core = tuple(tuple(parse(path=path, format=RdfFormat.TURTLE)) for path in documents.documents())
    of_seeds = _seeds()
    roots = [subject for subject in dict.fromkeys(quad.subject for quad in of_seeds) if "example.org" in str(subject)]
    parts = tuple(_below(of_seeds, root) for root in roots)
    return (*core, *itertools.repeat(of_seeds, 12), *[part for part in parts if documents.holds_shapes(part)] * 6)


def _below(quads: tuple[Quad, ...], root: object) -> tuple[Quad, ...]:
    wanted, found = [root], []
    for node in wanted:
        for quad in quads:
            if quad.subject == node and quad not in found:
                found.append(quad)
                wanted += [quad.object] if str(quad.object).startswith("_:") else []
    return tuple(found)

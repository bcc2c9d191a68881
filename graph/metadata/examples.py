"""The competency questions: example queries in the dataset's description, which the tests evaluate too."""

import re
from dataclasses import dataclass
from pathlib import Path

from graph.errors import GraphError

_PACKAGED = Path(__file__).parent / "competency"
_IN_CHECKOUT = Path(__file__).parents[2] / "tests" / "competency"


@dataclass(frozen=True)
class Example:
    """An example query.

    ``question`` is the first line of the comment at the head of the file, ``comment`` the lines after it.
    """

    name: str
    question: str
    comment: str
    query: str


def folder() -> Path:
    """Return the folder of the example queries: inside an installed package, or ``tests/competency`` of a checkout."""
    return _PACKAGED if _PACKAGED.is_dir() else _IN_CHECKOUT


def load_examples() -> list[Example]:
    """Return the example queries in the order of their file names; raise ``GraphError`` for one without a comment."""
    return [_example(path) for path in sorted(folder().glob("*.rq"))]


def _example(path: Path) -> Example:
    query = path.read_text(encoding="utf-8")
    head = re.match(r"(?:#.*\n)+", query)
    if head is None:
        raise GraphError(f"{path}: begin the query with a comment that states its question")
    question, *comment = (line.lstrip("# ").rstrip() for line in head[0].splitlines())
    return Example(path.stem, question, "\n".join(comment).strip(), query[head.end() :].lstrip())

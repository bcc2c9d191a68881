"""The README tells the truth: its queries give the rows that it prints, and what it links to is there."""

import re
from pathlib import Path

import pytest
from pyoxigraph import QuerySolutions

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```sparql\n(.*?)```\n\n((?:\|[^\n]*\n)+)", README, flags=re.DOTALL)


def rows(table: str) -> list[list[str]]:
    lines = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in table.splitlines()]
    return [lines[0], *lines[2:]]


def test_the_readme_has_three_queries_with_answers() -> None:
    assert len(EXAMPLES) == 3
    assert README.count("```sparql") == 3


@pytest.mark.parametrize("graph", ["dataset", "contributed_dataset"])
@pytest.mark.parametrize(("query", "table"), EXAMPLES)
def test_a_query_of_the_readme_gives_the_rows_printed_below_it(
    request: pytest.FixtureRequest, graph: str, query: str, table: str
) -> None:
    results = request.getfixturevalue(graph).query(query)
    assert isinstance(results, QuerySolutions)
    names = [variable.value for variable in results.variables]
    found = [[str(getattr(row[name], "value", "")) for name in names] for row in results]
    assert [names, *found] == rows(table)


@pytest.mark.parametrize(
    "document", ["README.md", "CONTRIBUTING.md", *(f"docs/{p.name}" for p in (ROOT / "docs").glob("*.md"))]
)
def test_what_a_document_links_to_is_there(document: str) -> None:
    path = ROOT / document
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8"))
    assert not [link for link in links if not (path.parent / link).exists()]

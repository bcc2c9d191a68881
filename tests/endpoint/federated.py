"""The data of two endpoints that are asked together."""

from pyoxigraph import Literal, NamedNode, Quad

HERE, THERE = NamedNode("http://e/here"), NamedNode("http://e/there")


def _term(name: str) -> NamedNode:
    return NamedNode(f"http://e/{name}")


def here_quads() -> list[Quad]:
    """Forty things, with a kind each; every fourth has a label."""
    kinds = [Quad(_term(f"{n}"), _term("kind"), _term(f"kind{n % 4}"), HERE) for n in range(40)]
    labels = [Quad(_term(f"{n}"), _term("label"), Literal(f"here {n}"), HERE) for n in range(0, 40, 4)]
    return kinds + labels


def there_quads() -> list[Quad]:
    """Values of many forms for every third of them, names for every fifth, and things that are not known here."""
    values = [
        Literal("1", datatype=NamedNode("http://www.w3.org/2001/XMLSchema#integer")),
        Literal('a "quoted" \\ text\nwith } and <angles>\t'),
        Literal("\u00e9\u4e16\U0001f600", language="fr-CA"),
        Literal("2001-02-03", datatype=NamedNode("http://www.w3.org/2001/XMLSchema#date")),
        Literal("x", datatype=_term("datatype")),
        _term("node"),
        Literal(""),
    ]
    found = [Quad(_term(f"{n}"), _term("value"), values[n % len(values)], THERE) for n in range(0, 60, 3)]
    found += [Quad(_term(f"{n}"), _term("name"), Literal(f"there {n}", language="en"), THERE) for n in range(0, 60, 5)]
    return [*found, Quad(_term("kind1"), _term("broader"), _term("kind0"), THERE)]

"""Rewrites a DELETE/INSERT operation into one that only records the triples that it would delete and insert.

``DELETE {...} INSERT {...} WHERE {...}`` becomes an ``INSERT`` into graphs whose names encode the change and its graph.
So the effect is exactly that of SPARQL 1.1 Update (section 3.1.3), also where the default graph is a merge, and without
comparing datasets.
"""

import uuid
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote

from pyoxigraph import NamedNode, Quad, Store, Triple

from graph.sparql.errors import QuerySyntaxError
from graph.sparql.lexer import Token, position, tokens
from graph.updates.parser import UpdateOperation, is_word

_DELETED: Final = "deleted"
_INSERTED: Final = "inserted"

GraphTriple = tuple[NamedNode | None, Triple]


@dataclass(frozen=True)
class UpdateEffect:
    """The triples that an operation deletes and inserts, with their named graph, or ``None`` for the default graph."""

    deleted: tuple[GraphTriple, ...] = ()
    inserted: tuple[GraphTriple, ...] = ()


@dataclass(frozen=True)
class UsingDataset:
    """The RDF dataset of USING clauses (section 3.1.3): IRIs of the default graphs, and of the named graphs."""

    default: tuple[str, ...]
    named: tuple[str, ...]

    @property
    def clauses(self) -> str:
        """The USING clauses."""
        return " ".join([*(f"USING <{iri}>" for iri in self.default), *(f"USING NAMED <{iri}>" for iri in self.named)])


@dataclass
class RecordingUpdate:
    """A ``DELETE ... INSERT ... WHERE`` or ``DELETE WHERE`` operation, rewritten to record its effect."""

    operation: UpdateOperation
    prefix: str = field(default_factory=lambda: f"urn:opsc:{uuid.uuid4().hex}:")
    bindings: list[str] = field(default_factory=list)

    def text(self, dataset: UsingDataset | None) -> str:
        """Return the rewritten operation; ``dataset`` replaces its own USING clauses."""
        with_graph = self._with_graph()
        target = self.operation.text[with_graph.start : with_graph.end] if with_graph else None
        templates = [
            self._template(kind, inner, offset, target) for kind, inner, offset in self._templates() if inner.strip()
        ]
        where = self._group("WHERE")
        if self.bindings:
            where = f"{{ {where} {' '.join(self.bindings)} }}"
        using = dataset.clauses if dataset else self._using()
        # Without USING, WITH names the default graph of the patterns too.
        scope = f"WITH {target}" if target and not using else ""
        return f"{self.operation.declarations}\n{scope} INSERT {{ {' '.join(templates)} }} {using} WHERE {where}"

    def collect(self, store: Store) -> UpdateEffect:
        """Remove the recorded triples from ``store``, and return them."""
        recorded: dict[str, list[GraphTriple]] = {_DELETED: [], _INSERTED: []}
        for name in list(store.named_graphs()):
            if isinstance(name, NamedNode) and name.value.startswith(self.prefix):
                kind, _, encoded = name.value.removeprefix(self.prefix).partition(":")
                graph = NamedNode(unquote(encoded)) if encoded else None
                recorded[kind] += [(graph, quad.triple) for quad in store.quads_for_pattern(None, None, None, name)]
                store.remove_graph(name)
        return UpdateEffect(tuple(recorded[_DELETED]), tuple(recorded[_INSERTED]))

    def _templates(self) -> list[tuple[str, str, int]]:
        """Return the purpose of each template, its text without braces, and the offset of that text."""
        if self.operation.keywords == ("DELETE", "WHERE"):
            return [(_DELETED, *self._inner("WHERE"))]
        kinds = (("DELETE", _DELETED), ("INSERT", _INSERTED))
        return [(kind, *self._inner(word)) for word, kind in kinds if self.operation.index(word) is not None]

    def _template(self, kind: str, inner: str, offset: int, target: str | None) -> str:
        return " ".join(
            # The triples may end with a comment.
            f"GRAPH {self._name(kind, graph or target)} {{ {triples}\n}}"
            for graph, triples in self._split_by_graph(inner, offset)
            if triples.strip()
        )

    def _name(self, kind: str, graph: str | None) -> str:
        """Return the graph to insert into: its name is computed, since ``graph`` may be a variable."""
        if graph is None:
            return f"<{self.prefix}{kind}:>"
        variable = f"?g{self.prefix.split(':')[2]}{len(self.bindings)}"
        name = f'IRI(CONCAT("{self.prefix}{kind}:", ENCODE_FOR_URI(STR({graph}))))'
        # A literal names no graph: the error leaves the variable unbound, and nothing is recorded.
        self.bindings.append(f"BIND(IF(isIRI({graph}), {name}, 1/0) AS {variable})")
        return variable

    def _split_by_graph(self, inner: str, offset: int) -> list[tuple[str | None, str]]:
        """Return the triples of a template by graph: its variable or IRI, and ``None`` outside of ``GRAPH``."""
        parts: list[tuple[str | None, str]] = []
        template = list(tokens(inner))
        start, graph = 0, None
        for index, token in enumerate(template):
            if token.text == "{" and token.kind == "symbol":
                keyword = template[index - 2] if index > 1 else None
                if keyword is None or not is_word(keyword, "GRAPH"):
                    raise self._unexpected(token, offset)
                parts.append((None, inner[start : keyword.start]))
                start, graph = token.end, template[index - 1].text
            elif token.text == "}" and token.kind == "symbol":
                parts.append((graph, inner[start : token.start]))
                dot = next((following for following in template[index + 1 : index + 2] if following.text == "."), token)
                start, graph = dot.end, None
        return [*parts, (None, inner[start:])]

    def _unexpected(self, token: Token, offset: int) -> QuerySyntaxError:
        return QuerySyntaxError(f"unexpected '{token.text}'", *position(self.operation.text, offset + token.start))

    def _inner(self, word: str) -> tuple[str, int]:
        group, offset = self._group(word), self._open(word).end
        return group[1:-1], offset

    def _group(self, word: str) -> str:
        opening = self._open(word)
        closing = self.operation.tokens[self.operation.tokens.index(opening) + 1]
        return self.operation.text[opening.start : closing.end]

    def _open(self, word: str) -> Token:
        index = self.operation.index(word)
        following = self.operation.tokens[index + 1 :] if index is not None else ()
        return next(token for token in following if token.text == "{")

    def _with_graph(self) -> Token | None:
        return self.operation.tokens[1] if is_word(self.operation.tokens[0], "WITH") else None

    def _using(self) -> str:
        first, where = self.operation.index("USING"), self.operation.index("WHERE")
        if first is None or where is None:
            return ""
        return self.operation.text[self.operation.tokens[first].start : self.operation.tokens[where].start]


def to_quad(triple: Triple, graph: NamedNode) -> Quad:
    """Return a triple as a quad of a named graph."""
    return Quad(triple.subject, triple.predicate, triple.object, graph)

"""SPARQL-based constraints (https://www.w3.org/TR/shacl/#sparql-constraints), evaluated once for all focus nodes.

pySHACL asks the query of a constraint once for each focus node, with ``$this`` bound to it. Here the query is asked
once with ``$this`` left open, and the rows about focus nodes are kept. That gives the same rows only for queries in
which ``$this`` is bound wherever it is read; :func:`split` takes those alone and leaves every other constraint to
pySHACL.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from pyoxigraph import Literal, NamedNode, Quad, QueryBoolean, QuerySolutions, QueryTriples, Store, Triple

from ontology.terms import OWL, RDF, RDFS, SH
from shapes.engine.data import Data, Target
from shapes.errors import ShapesError
from shapes.graph import Node, ShapesGraph
from shapes.graph import Term as ShapesTerm
from shapes.report import Result, Term

Row = dict[str, Term]

_TOKEN: Final = re.compile(
    r"""(?P<skip>\s+|\#[^\n\r]*)|<[^<>"{}|^`\\\s]*>
      |\"{3}(?:(?!\"{3})[^\\]|\\.)*\"{3}|'{3}(?:(?!'{3})[^\\]|\\.)*'{3}|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'
      |[?$]\w+|(?:[A-Za-z][\w.-]*)?:[\w.%:-]*|[A-Za-z]\w*|\d+|.""",
    re.VERBOSE | re.DOTALL,
)
_THIS: Final = frozenset({"$this", "?this"})
_PLACEHOLDER: Final = re.compile(r"\{[?$](\w+)\}")
_PATH_PLACEHOLDER: Final = re.compile(r"[?$]PATH\b")
_ESCAPE: Final = re.compile(r"\\[uU]")
_CLAUSES: Final = {"FROM", "GRAPH", "GROUP", "HAVING", "LIMIT", "MINUS", "OFFSET", "SERVICE", "UNION", "VALUES"}
_AGGREGATES: Final = {"AVG", "COUNT", "GROUP_CONCAT", "MAX", "MIN", "SAMPLE", "SUM"}
_UNSUPPORTED: Final = frozenset({"BASE", "PREFIX", "REDUCED", *_CLAUSES, *_AGGREGATES})
_PRE_BOUND: Final = frozenset({"shapesGraph", "currentShape", "PATH", "failure"})
_PATH_OPERATORS: Final = frozenset("*+?/|^!(")


@dataclass(frozen=True)
class SparqlConstraint:
    """A SPARQL constraint of a node shape whose query may be asked for all focus nodes at once."""

    node: Node
    shape: Node
    query: str
    severity: NamedNode
    messages: tuple[Literal, ...]
    targets: tuple[Target, ...]


def split(shapes: ShapesGraph) -> tuple[list[SparqlConstraint], ShapesGraph]:
    """Return the constraints that may be asked for all focus nodes at once, and the shapes without them."""
    constraints = []
    taken = set()
    for shape in shapes.roots():
        for node in shapes.objects(shape, SH.sparql):
            constraint = _constraint(shapes, shape, node)
            if constraint is not None:
                constraints.append(constraint)
                taken.add(Quad(shape, SH.sparql, constraint.node))
    return constraints, ShapesGraph(quad for quad in shapes.quads if quad not in taken)


def results(store: Store, data: Data, constraints: Iterable[SparqlConstraint]) -> Iterator[Result]:
    """Yield the results that the constraints give on the default graph of ``store``, whose relations ``data`` holds.

    Raises ``ShapesError`` when a constraint's query is not valid SPARQL.
    """
    rows: dict[str, list[Row]] = {}
    for constraint in constraints:
        if constraint.query not in rows:
            rows[constraint.query] = _rows(store, constraint)
        if rows[constraint.query]:
            focus_nodes = data.focus_nodes(constraint.targets)
            yield from (_result(constraint, row) for row in rows[constraint.query] if row["this"] in focus_nodes)


def check_queries(shapes: ShapesGraph) -> None:
    """Raise ``ShapesError`` for a query in ``shapes`` that is not valid or asks for data from elsewhere.

    ``FROM`` and ``SERVICE`` would read files and addresses; a shape sees the data that is validated and nothing else.
    An escape such as ``\\u0046`` could spell a keyword unseen, so it is refused as well.
    """
    for quad in shapes.quads:
        if quad.predicate not in (SH.select, SH.ask) or not isinstance(quad.object, Literal):
            continue
        elsewhere = {"FROM", "SERVICE"} & {token.upper() for token in _tokens(quad.object.value)}
        if elsewhere:
            raise ShapesError(f"a query in the shapes uses {min(elsewhere)}; remove it: shapes see only the data")
        if _ESCAPE.search(quad.object.value):
            raise ShapesError("a query in the shapes uses \\u escapes; write the characters themselves")
        if not isinstance(quad.subject, Triple):
            query = _PATH_PLACEHOLDER.sub("<urn:path>", quad.object.value)
            _query(Store(), quad.subject, _prefixes(shapes, quad.subject) + query)


def is_joinable(query: str) -> bool:
    """Tell whether a query means the same with ``$this`` left open as with ``$this`` bound to each focus node in turn.

    True for a ``SELECT`` of ``$this`` whose outermost group begins with a triple pattern on ``$this`` with an IRI as
    predicate, and in which groups are nested one deep at most, only by ``OPTIONAL``, ``EXISTS`` and ``NOT EXISTS``, and
    assign no variable there: by the rules of SPARQL such groups see the ``$this`` of the outermost one.
    """
    tokens = _tokens(query)
    if "{" not in tokens or any(token.upper() in _UNSUPPORTED or token[1:] in _PRE_BOUND for token in tokens):
        return False
    opening = tokens.index("{")
    head, body = [token.upper() for token in tokens[:opening]], tokens[opening + 1 :]
    selects_this = head[:1] == ["SELECT"] and bool({"$THIS", "?THIS"} & set(head)) and "(" not in head
    return selects_this and _begins_with_this(body) and _nests_plainly(body)


def _tokens(query: str) -> list[str]:
    return [match.group() for match in _TOKEN.finditer(query) if match["skip"] is None]


def _begins_with_this(body: list[str]) -> bool:
    match body:
        case [this, predicate, after, *_]:
            is_iri = predicate == "a" or ":" in predicate
            return this in _THIS and is_iri and after not in _PATH_OPERATORS
    return False


def _nests_plainly(body: list[str]) -> bool:
    depth = 1
    for before, word in pairwise(["{", *(token.upper() for token in body)]):
        if word == "{" and (depth > 1 or before not in ("OPTIONAL", "EXISTS")):
            return False
        if word == "SELECT" or depth < 1 or (depth > 1 and word in ("BIND", "EXISTS")):
            return False
        depth += {"{": 1, "}": -1}.get(word, 0)
    return depth == 0


def _constraint(shapes: ShapesGraph, shape: Node, node: ShapesTerm) -> SparqlConstraint | None:
    selects = [query for query in shapes.objects(node, SH.select) if isinstance(query, Literal)]
    messages = [*shapes.objects(node, SH.message), *shapes.objects(shape, SH.message)]
    literals = tuple(dict.fromkeys(message for message in messages if isinstance(message, Literal)))
    severities = [value for value in shapes.objects(shape, SH.severity) if isinstance(value, NamedNode)]
    if isinstance(node, Literal) or not isinstance(node, Node) or len(selects) != 1 or not literals:
        return None
    if shapes.is_deactivated(node) or len(severities) > 1 or not is_joinable(selects[0].value):
        return None
    return SparqlConstraint(
        node=node,
        shape=shape,
        query=_prefixes(shapes, node) + selects[0].value,
        severity=(severities or [SH.Violation])[0],
        messages=literals,
        targets=tuple(shapes.targets(shape)),
    )


def _prefixes(shapes: ShapesGraph, constraint: Node) -> str:
    declared = {"rdf": RDF.iri, "rdfs": RDFS.iri, "owl": OWL.iri}
    for ontology in shapes.objects(constraint, SH.prefixes):
        for declaration in shapes.objects(ontology, SH.declare):
            prefixes, namespaces = (shapes.objects(declaration, SH[name]) for name in ("prefix", "namespace"))
            for prefix, namespace in zip(prefixes, namespaces, strict=False):
                if isinstance(prefix, Literal) and isinstance(namespace, Literal):
                    declared[prefix.value] = namespace.value
    return "".join(f"PREFIX {prefix}: <{namespace}>\n" for prefix, namespace in declared.items())


def _rows(store: Store, constraint: SparqlConstraint) -> list[Row]:
    """Return the rows of a constraint's query without repetition, each with the variables that it binds."""
    solutions = _query(store, constraint.node, constraint.query)
    if not isinstance(solutions, QuerySolutions):
        raise ShapesError(f"the query of {constraint.node} is not a SELECT query")
    names = [variable.value for variable in solutions.variables]
    rows = ({name: term for name in names if (term := row[name]) is not None} for row in solutions)
    return list({tuple(row.items()): row for row in rows}.values())


def _query(store: Store, node: Node, query: str) -> QuerySolutions | QueryBoolean | QueryTriples:
    try:
        return store.query(query)
    except SyntaxError as error:
        raise ShapesError(f"the query of {node} is not valid SPARQL: {error}") from error


def _result(constraint: SparqlConstraint, row: Row) -> Result:
    path = row.get("path")
    bound = {"value": row["this"], **row}
    return Result(
        focus_node=row["this"],
        component=SH.SPARQLConstraintComponent,
        severity=constraint.severity,
        source_shape=constraint.shape,
        path=path if isinstance(path, NamedNode) else None,
        value=bound["value"],
        source_constraint=constraint.node,
        messages=tuple(sorted((_filled(message, bound) for message in constraint.messages), key=str)),
    )


def _filled(message: Literal, row: Row) -> Literal:
    """Return a message with ``{?variable}`` and ``{$this}`` replaced by the row's values; its language stays."""
    text = _PLACEHOLDER.sub(lambda match: row[match[1]].value if match[1] in row else match[0], message.value)
    return Literal(text, language=message.language) if message.language else Literal(text)

"""Queries of SPARQL constraints as tokens: which can be evaluated for all focus nodes at once, and how."""

from collections.abc import Iterator
from itertools import pairwise
from re import Match
from typing import Final

from ontology.terms import RDF
from shapes.query_text import matches, tokens

_THIS: Final = frozenset({"$this", "?this"})
_CLAUSES: Final = {"FROM", "GRAPH", "GROUP", "HAVING", "LIMIT", "MINUS", "OFFSET", "SERVICE", "UNION", "VALUES"}
_AGGREGATES: Final = {"AVG", "COUNT", "GROUP_CONCAT", "MAX", "MIN", "SAMPLE", "SUM"}
_UNSUPPORTED: Final = frozenset({"BASE", "PREFIX", "REDUCED", *_CLAUSES, *_AGGREGATES})
_PRE_BOUND: Final = frozenset({"shapesGraph", "currentShape", "PATH", "failure"})
_PATH_OPERATORS: Final = frozenset("*+?/|^!(")
_OPENING: Final = frozenset("{([")
_CLOSING: Final = frozenset("})]")
_AFTER_PATTERN: Final = frozenset({".", "}", "FILTER", "OPTIONAL", "BIND"})
_BEFORE_SUBJECT: Final = frozenset("{.})")
_BEFORE_ANYTHING: Final = frozenset({";", "a", "rdf:type", f"<{RDF.type.value}>"})
_LEAST_SHARED: Final = 2
# A blank node may not occur in two groups (SPARQL 1.1, section 4.1.4), and the closure of a path is quadratic.
_NEVER_WRAPPED: Final = frozenset({"*", "+"})
_QUOTES: Final = frozenset("\"'")


def is_joinable(query: str) -> bool:
    """Tell whether a query has the same solutions with ``$this`` unbound as with ``$this`` bound to each focus node.

    True for a ``SELECT`` of ``$this`` whose outermost group begins with a triple pattern on ``$this`` with an IRI as
    predicate, and in which groups are nested one deep at most, only by ``OPTIONAL``, ``EXISTS`` and ``NOT EXISTS``, and
    assign no variable there: by the rules of SPARQL such groups see the ``$this`` of the outermost one.
    """
    return reason_against_joining(query) is None


def reason_against_joining(query: str) -> str | None:
    """Return why a query must be evaluated for each focus node by itself; see :func:`is_joinable`."""
    words = tokens(query)
    special = next((word for word in words if word.upper() in _UNSUPPORTED or word[1:] in _PRE_BOUND), None)
    if special is not None or "{" not in words:
        return f"it uses {special}" if special else "it has no group"
    opening = words.index("{")
    head, body = [word.upper() for word in words[:opening]], words[opening + 1 :]
    if "(" in head:
        return "it uses AS in SELECT"
    if head[:1] != ["SELECT"] or not {"$THIS", "?THIS"} & set(head):
        return "it does not select $this"
    if not _begins_with_this(body):
        return "it does not begin with a triple pattern of $this"
    return None if _nests_plainly(body) else "it has nested groups"


def with_hash_joins(query: str) -> str:
    """Return a joinable query in which patterns on another subject become sub-selects.

    The engine joins triple patterns one index look-up at a time. There is no index for a subject that shares two
    variables or more with the patterns before it, such as another action of the same State under the same treaty, so
    the number of look-ups multiplies. The engine evaluates a sub-select as a table, and joins it by all common
    variables at once. The solutions are the same, since the sub-select projects every variable of its group.
    """
    known: set[str] = set()
    wrapped, end = "", 0
    for pattern in _patterns(list(matches(query))):
        words = [match.group() for match in pattern]
        variables = {f"?{word[1:]}" for word in words if word[0] in "?$"}
        has_blank_node = any(word.startswith("_:") for word in words)
        is_wrapped = words[0][0] in "?$" and words[0] not in _THIS and _NEVER_WRAPPED.isdisjoint(words)
        if is_wrapped and not has_blank_node and len(variables & known) >= _LEAST_SHARED:
            start, stop = pattern[0].start(), pattern[-1].end()
            wrapped += f"{query[end:start]}{{ SELECT * WHERE {{ {query[start:stop]} }} }}"
            end = stop
        known |= variables
    return wrapped + query[end:]


def referenced_iris(query: str) -> frozenset[str] | None:
    """Return the IRIs in a joinable query with prefixes: predicates, classes, and others.

    ``rdf:type`` is left out, since the class that follows is more specific. ``None`` when a predicate or class is a
    variable: then the query may read any triple.
    """
    words = tokens(query)
    opening = words.index("{")
    namespaces = {words[at + 1]: words[at + 2][1:-1] for at, word in enumerate(words[:opening]) if word == "PREFIX"}
    named = set()
    for before, word, after in zip(words[opening:], words[opening + 1 :], [*words[opening + 2 :], ""], strict=False):
        if _reads_anything(before, word, after):
            return None
        if word[0] == "<" and word[-1] == ">" and len(word) > 1:
            named.add(word[1:-1])
        elif ":" in word and word[0] not in _QUOTES:
            prefix, _, local = word.partition(":")
            named.add(namespaces.get(f"{prefix}:", "") + local)
    return frozenset(named - {RDF.type.value})


def _reads_anything(before: str, word: str, after: str) -> bool:
    """Tell whether a word may be a variable in predicate or class position, or the beginning of ``!path``."""
    if word[0] in "?$":
        return before in _BEFORE_ANYTHING or before[0] in "?$"
    return word == "!" and (after in {"a", "^", "("} or ":" in after)


def _patterns(found: list[Match[str]]) -> Iterator[list[Match[str]]]:
    """Yield the triple patterns with the same subject in the outermost group, as long as they contain no brackets."""
    depth, before = 0, ""
    pattern: list[Match[str]] = []
    for match in found:
        word = match.group()
        if pattern and word.upper() in _AFTER_PATTERN:
            yield pattern
            pattern = []
        elif pattern and word in _OPENING:
            return
        elif pattern or (depth == 1 and before in _BEFORE_SUBJECT and word[0] in "?$"):
            pattern.append(match)
        depth += (word in _OPENING) - (word in _CLOSING)
        before = word


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

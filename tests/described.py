"""Things that a shape looks at, so that a contribution of them is accepted."""

TYPES = "<https://w3id.org/opsc/ns#Body>, <http://www.w3.org/ns/org#Organization>"
LABEL = "<http://www.w3.org/2004/02/skos/core#prefLabel>"


def body(iri: str, label: str) -> str:
    """Return Turtle of three triples about a body."""
    return f'<{iri}> a {TYPES} ; {LABEL} "{label}"@en .\n'


def body_lines(iri: str, label: str) -> str:
    """Return :func:`body` as sorted lines of N-Triples."""
    types = sorted(TYPES.split(", "))
    a = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
    return "".join(sorted([*(f"<{iri}> {a} {one} .\n" for one in types), f'<{iri}> {LABEL} "{label}"@en .\n']))

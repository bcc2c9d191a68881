"""Things that a shape looks at, so that a contribution of them is accepted."""

TYPES = "<https://w3id.org/opsc/ns#Body>, <http://www.w3.org/ns/org#Organization>"
LABEL = "<http://www.w3.org/2004/02/skos/core#prefLabel>"


def body(iri: str, label: str) -> str:
    """Return Turtle of three triples about a body."""
    return f'<{iri}> a {TYPES} ; {LABEL} "{label}"@en .\n'

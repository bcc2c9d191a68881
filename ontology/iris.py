"""The IRIs of the things that the graph describes, by the patterns of ``docs/iris.md``.

Every function returns a ``pyoxigraph.NamedNode`` below ``https://w3id.org/opsc/``. An IRI never changes once released.
"""

import re
import unicodedata
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

from pyoxigraph import NamedNode

BASE: Final = "https://w3id.org/opsc/"
DATASET: Final = NamedNode(f"{BASE}dataset")

_UNIT = re.compile(
    r"""recital\ (?P<recital>\d+)
      | section\ (?P<section>[IVX]+)(?:\.(?P<subsection>[A-Z]))?
      | paragraph\ (?P<loose_paragraph>\d+)
      | (?P<article>\d+)
        (?:\((?P<paragraph>\d+)\))?
        (?:\((?P<point>[a-z])\))?
        (?:\((?P<subpoint>[ivx]+|\d+)\))?
        (?P<item>[a-z])?
        (?:\ chapeau)?""",
    re.VERBOSE,
)
_SEGMENTS: Final = {
    "recital": "recital",
    "section": "sec",
    "subsection": "subsec",
    "loose_paragraph": "par",
    "article": "art",
    "paragraph": "par",
    "point": "pnt",
    "subpoint": "sub",
    "item": "itm",
}
_HOST: Final = "w3id.org"
_PORTS: Final = ("", "80", "443")


def canonical(iri: str) -> str | None:
    """Return the IRI below :data:`BASE` that ``iri`` is or passes for, or ``None`` when it is another's.

    RDF compares IRIs as strings, but clients of the web see no difference between ``http`` and ``https``, capitals in
    the host, the default port, and characters that are percent-encoded without need (RFC 3986, section 6.2).
    """
    if iri.startswith(BASE) and "%" not in iri and "/." not in iri:
        return iri
    if iri[:4].lower() != "http" or _HOST not in unquote(iri).lower():
        return None
    try:
        parts = urlsplit(iri)
    except ValueError:
        return None
    if not _is_our_host(parts):
        return None
    path = _normal_path(parts.path)
    below = "/" + BASE.split("/", 3)[3]
    if f"{path}/".lower() == below:
        path = below
    if not path.lower().startswith(below):
        return None
    end = iri[len(iri.partition("?")[0].partition("#")[0]) :]
    return BASE + path[len(below) :] + end


def _is_our_host(parts: SplitResult) -> bool:
    host, _, port = unquote(parts.netloc).rpartition("@")[2].lower().partition(":")
    return parts.scheme in ("http", "https") and host.rstrip(".") == _HOST and port in _PORTS


def _normal_path(path: str) -> str:
    """Return a path without needless percent-encoding and dot segments."""
    segments: list[str] = []
    for segment in re.sub("%[0-9A-Fa-f]{2}", _decoded, path).split("/"):
        if segment == "..":
            segments = segments[:-1] if len(segments) > 1 else segments
        elif segment != ".":
            segments.append(segment)
    return "/".join(segments)


def _decoded(escape: re.Match[str]) -> str:
    """Return the character of a percent-encoded octet if it is unreserved, else the octet in capitals."""
    character = chr(int(escape[0][1:], 16))
    return character if character.isascii() and (character.isalnum() or character in "-._~") else escape[0].upper()


def slug(text: str) -> str:
    """Return ``text`` in lower-case ASCII words joined by hyphens: ``Côte d'Ivoire`` gives ``cote-d-ivoire``."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")


def provision_path(reference: str) -> list[str]:
    """Split a citation such as ``3(1)(a)(i)b`` into ``["art_3", "par_1", "pnt_a", "sub_i", "itm_b"]``.

    Also read: ``recital 6``, ``section IV.B``, ``paragraph 81``; a closing ``chapeau`` names the unit itself, whose
    opening words it is. Raises ``ValueError`` when the reference has another form.
    """
    match = _UNIT.fullmatch(reference.strip())
    if match is None:
        raise ValueError(
            f"'{reference}' is not a reference to a provision; write, for example, 3(1)(a)(i)b or recital 6"
        )
    return [f"{_SEGMENTS[level]}_{value}" for level, value in match.groupdict().items() if value]


def instrument(key: str) -> NamedNode:
    """Return the IRI of an instrument: ``opsc`` gives ``eli/opsc``."""
    return NamedNode(f"{BASE}eli/{key}")


def provision(key: str, reference: str) -> NamedNode:
    """Return the IRI of a provision of the instrument ``key``; ``reference`` as in :func:`provision_path`."""
    return NamedNode("/".join([f"{BASE}eli/{key}", *provision_path(reference)]))


def state(iso3: str) -> NamedNode:
    """Return the IRI of a State by its ISO 3166-1 alpha-3 code, and of the European Union by ``EUU``."""
    return NamedNode(f"{BASE}id/state/{iso3}")


def action(instrument_key: str, participant_key: str, kind: str) -> NamedNode:
    """Return the IRI of an action of a participant: ``action("opsc", "NOR", "ratification")``."""
    return NamedNode(f"{BASE}id/action/{instrument_key}/{participant_key}/{kind}")


def thing(kind: str, *path: str) -> NamedNode:
    """Return ``id/{kind}/{path...}``, for example ``thing("offence", "opsc", "sale-sexual-exploitation")``."""
    return NamedNode("/".join([f"{BASE}id/{kind}", *path]))


def scheme(name: str) -> NamedNode:
    """Return the IRI of a concept scheme: ``scheme/{name}``."""
    return NamedNode(f"{BASE}scheme/{name}")


def concept(scheme_name: str, name: str) -> NamedNode:
    """Return the IRI of a concept: ``concept("conduct", "offering")`` gives ``scheme/conduct/offering``."""
    return NamedNode(f"{BASE}scheme/{scheme_name}/{name}")


def source(source_id: str) -> NamedNode:
    """Return the IRI of a source: ``id/source/untc-2015``."""
    return NamedNode(f"{BASE}id/source/{source_id}")


def graph(name: str) -> NamedNode:
    """Return the IRI of a named graph: ``graph("source/untc-2015")`` gives ``graph/source/untc-2015``."""
    return NamedNode(f"{BASE}graph/{name}")


def dataset_part(*path: str) -> NamedNode:
    """Return the IRI of a part of the dataset's description: ``dataset_part("latest.nq.gz")``."""
    return NamedNode("/".join([DATASET.value, *path]))

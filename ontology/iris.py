"""The IRIs of the things that the graph describes, by the patterns of ``docs/iris.md``.

Every function returns a ``pyoxigraph.NamedNode`` below ``https://w3id.org/opsc/``. An IRI never changes once released.
"""

import re
import unicodedata
from typing import Final

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

"""Lists of what the graph describes: its classes, and the things of one class by name."""

from dataclasses import dataclass

from pyoxigraph import Literal, NamedNode

from graph.sparql.engine import QueryEngine
from graph.views.labels import Labels, labels_of
from ontology.iris import BASE
from ontology.terms import RDF


@dataclass(frozen=True)
class ResourceList:
    """Some of the ``total`` things of a class, or the classes themselves, each with a number of its own."""

    members: tuple[tuple[NamedNode, int], ...]
    total: int
    labels: Labels


def list_classes(engine: QueryEngine) -> ResourceList:
    """Return the classes whose things have IRIs of this graph, with how many of those there are."""
    counted: dict[NamedNode, set[NamedNode]] = {}
    for quad in engine.store.quads_for_pattern(None, RDF.type, None, None):
        if isinstance(quad.object, NamedNode) and isinstance(quad.subject, NamedNode) and _is_own(quad.subject):
            counted.setdefault(quad.object, set()).add(quad.subject)
    found = tuple((one, len(members)) for one, members in sorted(counted.items(), key=lambda entry: str(entry[0])))
    return ResourceList(found, len(found), labels_of(engine.store, counted))


def list_instances(engine: QueryEngine, about: NamedNode, language: str, first: int, most: int) -> ResourceList:
    """Return ``most`` things of the class ``about`` from the place ``first`` on, sorted by name in ``language``."""
    store = engine.store
    found = {quad.subject for quad in store.quads_for_pattern(None, RDF.type, about, None)}
    own = [one for one in found if isinstance(one, NamedNode) and _is_own(one)]
    labels = labels_of(store, (about, *own))
    ordered = sorted(own, key=lambda one: (_name(labels.get(one.value, ()), language), one.value))
    shown = ordered[first : first + most]
    named = {iri: labels[iri] for iri in (about.value, *(one.value for one in shown)) if iri in labels}
    return ResourceList(tuple((one, 0) for one in shown), len(own), named)


def _is_own(iri: NamedNode) -> bool:
    return iri.value.startswith(BASE)


def _name(names: tuple[Literal, ...], language: str) -> str:
    chosen = next((one.value for one in names if one.language == language), None)
    return (chosen or next((one.value for one in names), "")).casefold()

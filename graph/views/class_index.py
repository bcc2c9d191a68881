"""Lists of the classes of the graph, and of the instances of a class by name."""

from dataclasses import dataclass

from pyoxigraph import Literal, NamedNode

from graph.sparql.engine import QueryEngine
from graph.views.labels import Labels, labels_of
from ontology.iris import BASE
from ontology.terms import RDF


@dataclass(frozen=True)
class ResourceList:
    """A page of the ``total`` classes or instances of a class; classes come with their number of instances."""

    members: tuple[tuple[NamedNode, int], ...]
    total: int
    labels: Labels


def list_classes(engine: QueryEngine) -> ResourceList:
    """Return the classes of resources below the base IRI of this graph, with their number of instances."""
    instances: dict[NamedNode, set[NamedNode]] = {}
    for quad in engine.store.quads_for_pattern(None, RDF.type, None, None):
        if isinstance(quad.object, NamedNode) and isinstance(quad.subject, NamedNode) and _is_own(quad.subject):
            instances.setdefault(quad.object, set()).add(quad.subject)
    classes = tuple((one, len(members)) for one, members in sorted(instances.items(), key=lambda entry: str(entry[0])))
    return ResourceList(classes, len(classes), labels_of(engine.store, instances))


def list_instances(engine: QueryEngine, about: NamedNode, language: str, first: int, most: int) -> ResourceList:
    """Return at most ``most`` instances of the class ``about``, from the index ``first``, sorted by name.

    Names are those in ``language`` (a BCP 47 tag), or in any language where there is none.
    """
    store = engine.store
    subjects = {quad.subject for quad in store.quads_for_pattern(None, RDF.type, about, None)}
    instances = [one for one in subjects if isinstance(one, NamedNode) and _is_own(one)]
    labels = labels_of(store, (about, *instances))
    ordered = sorted(instances, key=lambda one: (_name(labels.get(one.value, ()), language), one.value))
    page = ordered[first : first + most]
    page_labels = {iri: labels[iri] for iri in (about.value, *(one.value for one in page)) if iri in labels}
    return ResourceList(tuple((one, 0) for one in page), len(instances), page_labels)


def _is_own(iri: NamedNode) -> bool:
    return iri.value.startswith(BASE)


def _name(names: tuple[Literal, ...], language: str) -> str:
    preferred = next((one.value for one in names if one.language == language), None)
    return (preferred or next((one.value for one in names), "")).casefold()

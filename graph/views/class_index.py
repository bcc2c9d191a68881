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
    classes = tuple(
        (node, len(members)) for node, members in sorted(instances.items(), key=lambda entry: str(entry[0]))
    )
    return ResourceList(classes, len(classes), labels_of(engine.store, instances))


def list_instances(engine: QueryEngine, about: NamedNode, language: str, first: int, limit: int) -> ResourceList:
    """Return at most ``limit`` instances of the class ``about``, from the index ``first``, sorted by name.

    Names are those in ``language`` (a BCP 47 tag), or in any language where there is none.
    """
    store = engine.store
    subjects = {quad.subject for quad in store.quads_for_pattern(None, RDF.type, about, None)}
    instances = [node for node in subjects if isinstance(node, NamedNode) and _is_own(node)]
    labels = labels_of(store, (about, *instances))
    ordered = sorted(instances, key=lambda node: (_name(labels.get(node.value, ()), language), node.value))
    page = ordered[first : first + limit]
    page_labels = {iri: labels[iri] for iri in (about.value, *(node.value for node in page)) if iri in labels}
    return ResourceList(tuple((node, 0) for node in page), len(instances), page_labels)


def _is_own(iri: NamedNode) -> bool:
    return iri.value.startswith(BASE)


def _name(names: tuple[Literal, ...], language: str) -> str:
    preferred = next((node.value for node in names if node.language == language), None)
    return (preferred or next((node.value for node in names), "")).casefold()

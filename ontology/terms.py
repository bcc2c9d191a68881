"""The terms of the ontology and of the vocabularies that it reuses, as ``pyoxigraph`` nodes.

``OPSC.Accession`` is ``<https://w3id.org/opsc/ns#Accession>``. A test checks that every OPSC term that the code
names is declared in ``opsc.ttl``.
"""

from typing import Final

from pyoxigraph import NamedNode


class Vocabulary:
    """A namespace whose attributes are its terms: ``SKOS.prefLabel``, or ``DCTERMS["title"]`` for reserved names."""

    def __init__(self, iri: str) -> None:
        self.iri: Final = iri

    def __getattr__(self, name: str) -> NamedNode:
        if name.startswith("__"):
            raise AttributeError(name)
        term = NamedNode(self.iri + name)
        self.__dict__[name] = term
        return term

    def __getitem__(self, name: str) -> NamedNode:
        return NamedNode(self.iri + name)


OPSC: Final = Vocabulary("https://w3id.org/opsc/ns#")
SHAPES: Final = Vocabulary("https://w3id.org/opsc/shapes#")

DCAT: Final = Vocabulary("http://www.w3.org/ns/dcat#")
DCTERMS: Final = Vocabulary("http://purl.org/dc/terms/")
ELI: Final = Vocabulary("http://data.europa.eu/eli/ontology#")
FOAF: Final = Vocabulary("http://xmlns.com/foaf/0.1/")
JOLUX: Final = Vocabulary("http://data.legilux.public.lu/resource/ontology/jolux#")
ORG: Final = Vocabulary("http://www.w3.org/ns/org#")
OWL: Final = Vocabulary("http://www.w3.org/2002/07/owl#")
PROV: Final = Vocabulary("http://www.w3.org/ns/prov#")
RDF: Final = Vocabulary("http://www.w3.org/1999/02/22-rdf-syntax-ns#")
RDFS: Final = Vocabulary("http://www.w3.org/2000/01/rdf-schema#")
SCHEMA: Final = Vocabulary("https://schema.org/")
SD: Final = Vocabulary("http://www.w3.org/ns/sparql-service-description#")
SEMAPV: Final = Vocabulary("https://w3id.org/semapv/vocab/")
SH: Final = Vocabulary("http://www.w3.org/ns/shacl#")
SKOS: Final = Vocabulary("http://www.w3.org/2004/02/skos/core#")
SPDX: Final = Vocabulary("http://spdx.org/rdf/terms#")
SSSOM: Final = Vocabulary("https://w3id.org/sssom/")
UNDO: Final = Vocabulary("https://w3id.org/un/ontology/undo/")
VANN: Final = Vocabulary("http://purl.org/vocab/vann/")
VOID: Final = Vocabulary("http://rdfs.org/ns/void#")
VOID_EXT: Final = Vocabulary("http://ldf.fi/void-ext#")
XSD: Final = Vocabulary("http://www.w3.org/2001/XMLSchema#")

PREFIXES: Final = {
    "dcat": DCAT.iri,
    "dcterms": DCTERMS.iri,
    "eli": ELI.iri,
    "foaf": FOAF.iri,
    "jolux": JOLUX.iri,
    "opsc": OPSC.iri,
    "opscsh": SHAPES.iri,
    "org": ORG.iri,
    "owl": OWL.iri,
    "prov": PROV.iri,
    "rdf": RDF.iri,
    "rdfs": RDFS.iri,
    "schema": SCHEMA.iri,
    "sd": SD.iri,
    "semapv": SEMAPV.iri,
    "sh": SH.iri,
    "skos": SKOS.iri,
    "spdx": SPDX.iri,
    "sssom": SSSOM.iri,
    "undo": UNDO.iri,
    "vann": VANN.iri,
    "void": VOID.iri,
    "void-ext": VOID_EXT.iri,
    "xsd": XSD.iri,
}

"""RDF documents: parsing with limits, and positions of triples."""

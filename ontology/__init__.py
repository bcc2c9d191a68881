"""The ground floor: the ontology, its SKOS schemes, and their terms and IRIs as Python values."""

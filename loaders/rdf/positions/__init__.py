"""Where each triple of an RDF document stands in its text."""

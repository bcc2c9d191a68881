"""A SPARQL engine elsewhere that holds the graph: asking it, and publishing versions into it."""

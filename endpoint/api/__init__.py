"""Routes for machines: SPARQL, Graph Store Protocol, validation, contributions, health, metrics."""

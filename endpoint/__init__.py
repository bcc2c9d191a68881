"""The web application: SPARQL 1.1 Protocol over the query workers, with plain errors."""

"""The only code that uses pySHACL and rdflib."""

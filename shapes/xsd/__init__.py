"""Literals as XML Schema 1.1 and SPARQL 1.1 define them: well-typed or not, and in which order."""

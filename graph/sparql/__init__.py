"""SPARQL texts and results: reading, refusing, evaluating and serializing them over a dataset in memory."""

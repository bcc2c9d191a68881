"""SPARQL 1.1 Updates: parsed, guarded, and evaluated into the quads that they delete and insert."""

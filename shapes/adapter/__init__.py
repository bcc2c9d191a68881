"""All that touches pySHACL's internals."""

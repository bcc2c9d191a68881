"""RDF documents: parsed by pyoxigraph, refused where they are dangerous, and located line by line."""

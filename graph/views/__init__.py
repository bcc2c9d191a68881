"""Read models: what pages and commands show of a resource, a class, a named graph or a State."""

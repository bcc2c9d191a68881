"""The graph: its curated data and rules, how it is built and released, and how queries reach it."""

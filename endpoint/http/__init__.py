"""HTTP semantics shared by all routes: negotiation, conditional requests, problems, request bodies."""

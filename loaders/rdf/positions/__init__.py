"""Positions of triples in Turtle, TriG, N-Triples and N-Quads."""

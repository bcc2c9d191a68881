"""Submissions: validated together with the graph, then accepted or refused, and recorded."""

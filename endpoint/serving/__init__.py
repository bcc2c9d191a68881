"""The version of the graph that requests are answered from, and where new versions come from."""

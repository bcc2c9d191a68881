"""Effects of contributions: facts derived anew, by the rules of the graph, for what a change touches."""

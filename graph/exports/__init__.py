"""Versions as files, the differences between them, and the feeds that announce them."""

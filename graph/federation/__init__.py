"""Queries that use SERVICE: which endpoints they may call, and how their results are joined."""

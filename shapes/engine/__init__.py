"""Validation of all focus nodes at once, with the report of pySHACL. ``docs/validation-engine.md`` says how."""

from shapes.engine.explanation import Explained, explain

__all__ = ["Explained", "explain"]

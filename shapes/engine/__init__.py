"""Validation of all focus nodes at once, with the same report as pySHACL; see ``docs/validation-engine.md``."""

from shapes.engine.explanation import Explanation, explain

__all__ = ["Explanation", "explain"]

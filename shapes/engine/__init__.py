"""Validation of all focus nodes at once, with the report of pySHACL. ``docs/validation-engine.md`` says how."""

"""Errors of shapes."""


class ShapesError(Exception):
    """Shapes that cannot be used for validation; the message is one line that says why."""

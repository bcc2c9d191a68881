"""The reason why the engine leaves a shape to pySHACL."""


class NotCompiled(Exception):  # noqa: N818  # an outcome, not a fault
    """A shape or constraint that the engine does not evaluate itself; the message says why."""

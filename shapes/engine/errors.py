"""What the engine says of a shape that it leaves to pySHACL."""


class NotCompiled(Exception):  # noqa: N818  # the outcome of an attempt, not a mistake of anybody's
    """A shape or constraint that the engine does not evaluate itself; the message says why."""

"""What can go wrong with shapes, as opposed to data that do not conform to them."""


class ShapesError(Exception):
    """Shapes that cannot be used for validation; the message is one line that says what is wrong with them."""

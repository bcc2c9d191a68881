"""Python's search for reference cycles, kept from looking through terms and quads, which have none."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_collection() -> Iterator[None]:
    """Pause the cyclic garbage collector: where terms are made by the hundred thousand it takes half of the time.

    At the end it looks through everything that has been made and is still there: let go of what is not needed before.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()

"""How many generated cases a test tries."""

from hypothesis import settings

settings.register_profile("all")


def cases(number: int) -> int:
    """Return ``number`` with ``--hypothesis-profile=all``, as in ``make test-all``, and otherwise a quarter of it."""
    return number if settings.get_current_profile_name() == "all" else number // 4

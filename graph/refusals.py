"""Why a submission is refused before, or instead of, its validation."""


class RefusedError(Exception):
    """A stable ``code`` for the reason, and what to do in a sentence where no report says so.

    What ``spoils`` the graph in memory leaves it in a state that must not be used again.
    """

    def __init__(self, code: str, problem: str | None, *, spoils: bool = False) -> None:
        super().__init__(code, problem)
        self.code = code
        self.problem = problem
        self.spoils = spoils

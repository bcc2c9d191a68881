"""What can go wrong with a build or a release, as exceptions whose message tells the reader what to do."""


class GraphError(Exception):
    """A problem with the graph's sources, rules or releases; the message is one sentence for a user."""


class ReleaseError(GraphError):
    """No release where one is needed, or a release that is damaged."""


class RuleError(GraphError):
    """A rule file that cannot be evaluated."""


class NotConformingError(GraphError):
    """The data of a build do not conform to the shapes; the report says where."""

    def __init__(self, report_text: str) -> None:
        super().__init__("the graph does not conform to its shapes; nothing was released")
        self.report_text = report_text


class LedgerError(GraphError):
    """The ledger of contributions cannot be read or written, or does not hold what is asked for."""


class UnknownContributionError(LedgerError):
    """A number under which nothing has been submitted."""

    def __init__(self, number: int) -> None:
        super().__init__(f"there is no contribution {number}; 'opsc contributions list' shows those there are")
        self.number = number


class UnknownVersionError(LedgerError):
    """A version that never was, or a beginning that several versions share."""


class RefusedError(Exception):
    """Why a submission is refused before, or instead of, its validation.

    It has a stable ``code`` for the reason, and what to do in a sentence where no report says so.

    What ``spoils`` the graph in memory leaves it in a state that must not be used again.
    """

    def __init__(self, code: str, problem: str | None, *, spoils: bool = False) -> None:
        super().__init__(code, problem)
        self.code = code
        self.problem = problem
        self.unusable_dataset = spoils

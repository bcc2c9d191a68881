"""Exceptions of the graph; each message says what is wrong and what to do."""


class GraphError(Exception):
    """A problem with the graph's sources, rules or releases; the message is one sentence for a user."""


class ReleaseError(GraphError):
    """The release is missing or damaged."""


class RuleError(GraphError):
    """A rule file that cannot be evaluated."""


class NotConformingError(GraphError):
    """The data of a build do not conform to the shapes; the report says where."""

    def __init__(self, report_text: str) -> None:
        super().__init__("the graph does not conform to its shapes; nothing was released")
        self.report_text = report_text


class LedgerError(GraphError):
    """The ledger of contributions cannot be read or written, or lacks the requested entry."""


class UnknownContributionError(LedgerError):
    """No submission has this number."""

    def __init__(self, number: int) -> None:
        super().__init__(f"there is no contribution {number}; see 'opsc contributions list'")
        self.number = number


class UnknownVersionError(LedgerError):
    """No version has this identifier, or several versions begin with it."""


class RefusedError(Exception):
    """A submission is refused.

    ``code`` is a stable name of the reason. ``problem`` is a sentence for the contributor, or ``None`` where the
    validation report gives the reason. ``unusable_dataset`` tells that the graph in memory must be loaded anew.
    """

    def __init__(self, code: str, problem: str | None, *, spoils: bool = False) -> None:
        super().__init__(code, problem)
        self.code = code
        self.problem = problem
        self.unusable_dataset = spoils

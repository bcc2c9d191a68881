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

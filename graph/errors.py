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

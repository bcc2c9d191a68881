"""A process of its own that decides contributions: whatever a submission does to it, the server goes on.

The ledger has every submission before anything else happens to it, so a process that is stopped loses none.
"""

import functools
from pathlib import Path
from typing import Final

from graph.contributions import Contributions, Decision
from graph.processes import Limits, Processes, Wording
from graph.settings import WorkerSettings
from graph.submissions import Submission

_WORDING: Final = Wording(
    late="the decision took longer than it may; the submission is recorded and will be decided with the next one",
    greedy="the decision needed more memory than it may; the submission is recorded: send smaller ones",
    crashed="the decision ended the process that made it; the submission is recorded: send simpler ones",
)


class Deciding(Processes):
    """Decides submissions and retractions one after the other; safe to use from several threads."""

    def __init__(self, home: Path, settings: WorkerSettings, seconds: float) -> None:
        """Create the process for the contributions in ``home``, not started yet; a decision may take ``seconds``."""
        self._seconds = seconds
        limits = Limits(1, settings.queue, settings.memory, sealed=False)
        super().__init__(functools.partial(Contributions, home), limits)

    def submit(self, submission: Submission) -> Decision:
        """Return the decision on ``submission``, which is on disk by then.

        Raises a ``QueryError`` as :meth:`Processes.call` does, and a ``GraphError`` when the ledger cannot be used.
        """
        decision: Decision = self.call(Contributions.submit, (submission,), self._seconds, _WORDING)
        return decision

    def retract(self, number: int, who: str) -> Decision:
        """Return the decision on the wish of ``who`` to retract a contribution; raises as :meth:`submit`."""
        decision: Decision = self.call(Contributions.retract, (number, who), self._seconds, _WORDING)
        return decision

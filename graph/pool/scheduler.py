"""How tasks make way for others: the longer one takes, the fewer of its kind go on beside those that are quick."""

import math
from concurrent.futures import BrokenExecutor
from dataclasses import dataclass

from graph.pool.child import Asked, Child
from graph.pool.fork_server import Forks
from graph.pool.slots import Place, Turns
from graph.pool.task import ChildEndedError, Run


@dataclass(frozen=True)
class Tiers:
    """After how much processor time tasks give way to others, so that those that take long keep nobody waiting.

    After ``quick_seconds`` a task has what time the others leave, and up to ``slow`` of them keep no place from others.
    After ``long_seconds`` only ``long`` of them go on, and ``waiting`` ones wait to begin anew.
    """

    quick_seconds: float = math.inf
    long_seconds: float = math.inf
    slow: int = 0
    long: int = 0
    waiting: int = 0


@dataclass(frozen=True)
class Load:
    """How many tasks are being worked on, and how many wait for a process."""

    running: int
    waiting: int


class Work:
    """A task that a process has begun, with the place that it takes; whoever has it sees to it that it is ended."""

    def __init__(self, run: Run, forks: Forks, place: Place, child: Child) -> None:
        self.run = run
        self.forks = forks
        self.place = place
        self.child = child
        self._is_ended = False

    @property
    def has_succeeded(self) -> bool:
        """Whether the task has come to its end without an error; this does not wait."""
        return self.run.look(self.child) and self.run.has_succeeded

    def end(self) -> None:
        """Give back process and place, once; what is not done by now is lost."""
        if self._is_ended:
            return
        self._is_ended = True
        try:
            if not self.run.is_done:
                # To keep what it has done, in how many processes ever, would take memory.
                self.child.kill()
            self.forks.give_back(self.child)
        finally:
            self.place.leave()


class TieredTurns:
    """The places of tasks, by the tier that each is in; safe to use from several threads."""

    def __init__(self, workers: int, queue: int, tiers: Tiers) -> None:
        """Have ``workers`` tasks of the first tier at one time, and up to ``queue`` that run or wait."""
        self._tiers = tiers
        self._quick = Turns(workers, queue)
        self._slow = Turns(tiers.slow, tiers.slow)
        self._long = Turns(tiers.long, tiers.long + tiers.waiting)

    @property
    def load(self) -> Load:
        """How many tasks run, and how many wait for a process."""
        kinds = (self._quick, self._slow, self._long)
        return Load(sum(turns.taken for turns in kinds), sum(turns.waiting for turns in kinds))

    def begin(self, run: Run, forks: Forks) -> Work:
        """Wait for a place, and have a process begin a task there.

        Raises as ``Run.wait_for`` and ``Run.start`` do, and ``BrokenExecutor`` when no process can be had.
        """
        run.wait_for(self._quick)
        place = Place(self._quick)
        try:
            child = forks.take()
        except BrokenExecutor:
            place.leave()
            raise
        return _started(Work(run, forks, place, child))

    def begin_at_once(self, asked: Asked, seconds: float, forks: Forks) -> Work | None:
        """Have an idle process begin a task, without waiting; return ``None`` when there is none, or no place."""
        if not self._quick.try_to_take():
            return None
        child = forks.take_idle()
        if child is None:
            self._quick.leave()
            return None
        try:
            return _started(Work(Run(asked, seconds), forks, Place(self._quick), child))
        except ChildEndedError:
            return None

    def go_on(self, work: Work) -> None:
        """Wait for the end of a task that has begun, beside few others, and out of their way if it takes longer.

        One that is long and finds no place as such is not done by then. Raises as ``Run.go_on`` does.
        """
        run, child = work.run, work.child
        try:
            run.go_on(child, self._tiers.quick_seconds)
            if not run.is_done:
                child.fall_back()
                if work.place.change(self._slow):
                    work.forks.set_aside(child)
                run.go_on(child, self._tiers.long_seconds)
            if not run.is_done and work.place.change(self._long):
                work.forks.set_aside(child)
                run.go_on(child)
        finally:
            work.end()

    def run_at_length(self, run: Run, forks: Forks) -> None:
        """Wait for a place among the long tasks, and for the end of the task there; raise as :meth:`begin` does."""
        run.wait_for(self._long)
        try:
            child = forks.take_aside()
            try:
                child.fall_back()
                run.begin(child)
            finally:
                forks.give_back(child)
        finally:
            self._long.leave()


def _started(work: Work) -> Work:
    try:
        work.run.start(work.child)
    except BaseException:
        work.end()
        raise
    return work

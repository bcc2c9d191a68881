"""A fork server and its workers, seen from the process that uses them.

The server loads the data once; its workers share that memory, and one that was killed is replaced within milliseconds.
A server can be copied together with its data, so that data with few changes are not loaded again.
"""

import contextlib
import multiprocessing
import queue
import threading
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor
from dataclasses import dataclass
from multiprocessing import reduction
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Final

from graph.pool.worker import FORK_SERVER, FORK_WORKER, Setup, serve
from graph.pool.worker_process import ProcessHandle, WorkerProcess

_started_servers: Final[set["ForkServer"]] = set()
_registry_lock: Final = threading.Lock()
_first_server: "ForkServer | None" = None


def start_first_server(prepare: Setup) -> None:
    """Fork a process of this one that calls ``prepare`` and holds no data: later fork servers are copies of it.

    To be called while this process has one thread, or never: fork servers then import and prepare everything anew.
    """
    global _first_server  # noqa: PLW0603 - one for this process and those that it forks
    _first_server = ForkServer(0, prepare, _no_setup)
    _first_server._start_by_fork()


def worker_pids() -> list[int]:
    """Return the PIDs of the workers of every fork server that this process started."""
    with _registry_lock:
        servers = tuple(_started_servers)
    return [pid for server in servers for pid in server.pids]


@dataclass(frozen=True)
class Origin:
    """A server to copy, and the picklable function that changes the data of the copy."""

    server: "ForkServer"
    update: Setup


class ForkServer:
    """A fork server that has ``size`` workers ready for tasks at any time; safe to use from several threads."""

    def __init__(self, size: int, load: Setup, set_up_worker: Setup, origin: Origin | None = None) -> None:
        """Describe the server, which starts with its first worker.

        ``load`` runs in the server, ``set_up_worker`` in each worker; both can be pickled. With an ``origin`` the
        server is a copy of another one instead, and so are its workers.
        """
        self._size = size
        self._setups = (load, set_up_worker)
        self._origin = origin
        self._control_lock = threading.Lock()
        self._start_lock = threading.Lock()
        self._is_started = self._is_stopped = False
        self._process: ProcessHandle | None = None
        # A process of multiprocessing; what is forked from it exits when this object goes.
        self._root: BaseProcess | None = None
        self._count_lock = threading.Lock()
        self._busy = 0
        self._idle: list[WorkerProcess] = []
        self._workers: dict[int, WorkerProcess] = {}
        self._refills: queue.SimpleQueue[bool] = queue.SimpleQueue()
        self._control, self._server_end = multiprocessing.Pipe()
        self._refilling = threading.Thread(target=self._refill, daemon=True)

    @property
    def is_active(self) -> bool:
        """Whether tasks can run: the server is not stopped, and its process, once started, is alive."""
        return not self._is_stopped and (
            not self._is_started or (self._process is not None and self._process.is_alive())
        )

    @property
    def pids(self) -> tuple[int, ...]:
        """The PIDs of the workers, idle or busy."""
        return tuple(self._workers)

    def fill(self) -> None:
        """Fork workers until the pool has its size; raise ``BrokenExecutor`` when the server cannot fork."""
        self._start()
        while self._lacks_workers():
            # Last to be used: it has yet to copy each page that it works with.
            self._idle.insert(0, self._fork_worker())

    def acquire(self) -> WorkerProcess:
        """Return a worker for one task, to be given to :meth:`release`; raise ``BrokenExecutor`` if there is none."""
        self._start()
        with self._count_lock:
            self._busy += 1
        try:
            return self._pop_idle() or self._fork_worker()
        except BrokenExecutor:
            with self._count_lock:
                self._busy -= 1
            raise

    def acquire_idle(self) -> WorkerProcess | None:
        """Return a worker that is idle now, to be given to :meth:`release`; none is forked."""
        with self._count_lock:
            self._busy += 1
        worker = self._pop_idle()
        if worker is None:
            with self._count_lock:
                self._busy -= 1
        return worker

    def acquire_extra(self) -> WorkerProcess:
        """Return a worker for one task in addition to the regular ones; raise as :meth:`acquire` does."""
        self._start()
        worker = self._fork_worker()
        worker.is_extra = True
        return worker

    def make_extra(self, worker: WorkerProcess) -> None:
        """Count an acquired worker as an extra one, and fork another in its place."""
        if worker.is_extra:
            return
        worker.is_extra = True
        with self._count_lock:
            self._busy -= 1
        self._request_refill()

    def release(self, worker: WorkerProcess) -> None:
        """Take a worker back after its task; one that was killed or has a low priority is replaced."""
        if worker.is_extra:
            self._discard(worker)
            return
        with self._count_lock:
            self._busy -= 1
            is_usable = worker.is_alive and not worker.is_low_priority
            is_idle = is_usable and not self._is_stopped and len(self._idle) + self._busy < self._size
            if is_idle:
                self._idle.append(worker)
        if not is_idle:
            self._discard(worker)
            self._request_refill()

    def exit_code(self, worker: WorkerProcess) -> int | None:
        """Wait until a worker has exited, and return its exit code, minus the number of a signal, if it is known."""
        try:
            with self._control_lock:
                self._control.send(worker.pid)
                code: int | None = self._control.recv()
        except (EOFError, OSError):
            return None
        return code

    def stop(self) -> None:
        """Kill every process at once; running tasks are lost."""
        with self._start_lock:
            self._is_stopped = True
            process = self._process
        self._refills.put(False)
        if process is not None:
            process.kill()
        for worker in tuple(self._workers.values()):
            worker.kill()
        if process is not None:
            self._refilling.join()
            process.wait()
        with contextlib.suppress(IndexError):
            while True:
                self._discard(self._idle.pop())
        self._control.close()
        self._server_end.close()
        with _registry_lock:
            _started_servers.discard(self)

    def _start(self) -> None:
        with self._start_lock:
            if self._is_stopped:
                raise BrokenExecutor("the fork server is stopped")
            if self._is_started:
                return
            try:
                self._start_process()
            finally:
                # Not before: until its process runs a server that is started counts as lost.
                self._is_started = True
                self._origin = None
            with _registry_lock:
                _started_servers.add(self)
            self._refilling.start()

    def _start_process(self) -> None:
        if self._origin is not None:
            self._copy(self._origin)
        elif _first_server is not None and _first_server.is_active:
            self._copy(Origin(_first_server, self._setups[0]))
        else:
            self._run_in(multiprocessing.get_context("forkserver").Process(target=serve, args=self._serve_arguments))
            self._server_end.close()

    def _start_by_fork(self) -> None:
        context = multiprocessing.get_context("fork")
        # A daemon, so that this process does not wait for it when it exits.
        self._run_in(context.Process(target=serve, args=(*self._serve_arguments, self._control), daemon=True))
        self._server_end.close()
        self._is_started = True

    @property
    def _serve_arguments(self) -> tuple[Connection, Setup, Setup]:
        return self._server_end, *self._setups

    def _run_in(self, process: BaseProcess) -> None:
        process.start()
        self._root, self._process = process, ProcessHandle(process.pid or 0)

    def _copy(self, origin: Origin) -> None:
        with _broken_if_lost():
            self._process = ProcessHandle(origin.server._fork(FORK_SERVER, self._server_end))
            self._root = origin.server._root
            self._control.send((origin.update, self._setups[1]))

    def _fork(self, request: str, connection: Connection) -> int:
        """Have the server fork a process that has ``connection``, which is closed here, and return its PID."""
        with connection, self._control_lock, _broken_if_lost():
            if self._process is None:
                raise BrokenExecutor("the fork server is not running")
            self._control.send(request)
            reduction.send_handle(self._control, connection.fileno(), self._process.pid)
            pid: int = self._control.recv()
            return pid

    def _fork_worker(self) -> WorkerProcess:
        ours, theirs = multiprocessing.Pipe()
        try:
            with _broken_if_lost():
                worker = WorkerProcess(self._fork(FORK_WORKER, theirs), ours)
        except BrokenExecutor:
            ours.close()
            raise
        self._workers[worker.pid] = worker
        if self._is_stopped:
            worker.kill()
        return worker

    def _request_refill(self) -> None:
        if self._lacks_workers():
            self._refills.put(True)

    def _lacks_workers(self) -> bool:
        with self._count_lock:
            return not self._is_stopped and len(self._idle) + self._busy < self._size

    def _refill(self) -> None:
        """Fork workers ahead of the tasks that need them."""
        while self._refills.get():
            with contextlib.suppress(BrokenExecutor):
                self.fill()

    def _pop_idle(self) -> WorkerProcess | None:
        """Return an idle worker that is alive, if there is one."""
        with contextlib.suppress(IndexError):
            while True:
                worker = self._idle.pop()
                if not worker.has_exited():
                    return worker
                self._discard(worker)
        return None

    def _discard(self, worker: WorkerProcess) -> None:
        self._workers.pop(worker.pid, None)
        worker.close()


def _no_setup() -> None:
    """Prepare a worker of the first server, which has none."""


@contextlib.contextmanager
def _broken_if_lost() -> Iterator[None]:
    try:
        yield
    except (EOFError, OSError) as error:
        raise BrokenExecutor("the fork server cannot fork") from error

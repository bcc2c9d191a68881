"""Ends a process together with the one that started it, also when that one is killed."""

import multiprocessing
import os
import threading


def exit_with_parent() -> None:
    """Start a thread that ends this process once the process that :mod:`multiprocessing` names as its parent ends."""
    threading.Thread(target=_wait_and_exit, daemon=True).start()


def _wait_and_exit() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)

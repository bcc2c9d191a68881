"""To import this module is to have rehearsed: for the process that workers are forked from, so that none has to.

The engine seeds its random numbers once for each thread, and a process inherits those of the thread that it is forked
from. So it is rehearsed in a thread of its own: otherwise all workers would make the same blank nodes and UUIDs.
"""

from concurrent.futures import ThreadPoolExecutor

from graph import warmup

with ThreadPoolExecutor(1) as _apart:
    _apart.submit(warmup.rehearse).result()

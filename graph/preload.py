"""Imported by the process of :mod:`multiprocessing` that fork servers come from: warms up once for all of them.

The engine seeds its random numbers once for each thread, and a process inherits the seed of the thread that it is
forked from. The warm-up runs in a thread of its own, since otherwise all workers would create the same UUIDs.
"""

from concurrent.futures import ThreadPoolExecutor

from graph import warmup
from graph.pool.lifetime import adopt_orphans

adopt_orphans()
with ThreadPoolExecutor(1) as _thread:
    _thread.submit(warmup.warm_up).result()

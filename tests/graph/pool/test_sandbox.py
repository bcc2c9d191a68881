"""Large blocks that are free go back to the system."""

import platform
import subprocess
import sys

import pytest

PROGRAM = """
import ctypes, os, sys
from pathlib import Path
from graph.pool import sandbox

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

if sys.argv[1] == "told":
    sandbox.return_large_blocks()
library = ctypes.CDLL(None)
library.malloc.restype = ctypes.c_void_p
library.malloc.argtypes = (ctypes.c_size_t,)
library.free.argtypes = (ctypes.c_void_p,)

def block(size):
    at = library.malloc(size)
    ctypes.memset(at, 1, size)
    return at

before = resident()
library.free(block(16_000_000))
large, small = [], []
for _ in range(5):
    large.append(block(12_000_000))
    small.append(block(120_000))
for at in large:
    library.free(at)
print((resident() - before) // 1_000_000)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="a setting of the GNU C library")
@pytest.mark.parametrize(("telling", "least", "most"), [("told", -100, 4), ("untold", 30, 100)])
def test_large_blocks_that_are_free_take_no_memory(telling: str, least: int, most: int) -> None:
    told = subprocess.run([sys.executable, "-c", PROGRAM, telling], capture_output=True, text=True, check=True)
    assert least <= int(told.stdout) <= most

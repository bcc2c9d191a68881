"""What is written stays, also when the machine stops right after."""

import os
from pathlib import Path


def write(path: Path, content: bytes) -> None:
    """Write a file, and return once its content is on the disk; its name is there after :func:`keep_names`."""
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def keep_names(folder: Path) -> None:
    """Return once the names of the files in a folder are on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

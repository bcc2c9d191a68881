"""Output files of commands."""

import errno
import os
from pathlib import Path

import click

from graph import files


def write_output(content: bytes, out: Path | None) -> None:
    """Write ``content`` to the file ``out``, as :func:`write_atomically` does, or to standard output."""
    if out is None:
        click.echo(content, nl=False)
    else:
        write_atomically(out, content)


def write_atomically(path: Path, content: bytes) -> None:
    """Replace the file ``path`` by ``content`` atomically: a failure leaves the old file in place.

    Devices and pipes are written to directly. A symbolic link is followed unless another user owns it: in a shared
    folder such a link could point to any file of the user. Raises ``OSError`` that names ``path``.
    """
    try:
        if path.is_symlink() and path.lstat().st_uid not in {os.geteuid(), path.parent.stat().st_uid}:
            raise PermissionError(errno.EACCES, "it is a symbolic link owned by another user")
        if path.exists() and not path.is_file() and not path.is_dir():
            path.write_bytes(content)
        else:
            files.replace(path.resolve(), content, 0o644)
    except OSError as error:
        raise OSError(error.errno, f"cannot be written: {error.strerror}", str(path)) from error

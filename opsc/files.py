"""Files that commands write for the user."""

import errno
import os
import tempfile
from pathlib import Path

import click


def put(content: bytes, out: Path | None) -> None:
    """Write what a command gives to the file ``out``, as :func:`replace` does, or to standard output."""
    if out is None:
        click.echo(content, nl=False)
    else:
        replace(out, content)


def replace(path: Path, content: bytes) -> None:
    """Write ``content`` to ``path`` in one step, so that a failure leaves what was there.

    A device or pipe is written to as it is. A link is followed, unless somebody else made it: in a folder that many
    write to it could lead to any file of the user. Raises ``OSError`` that names ``path``.
    """
    try:
        if path.is_symlink() and path.lstat().st_uid not in {os.geteuid(), path.parent.stat().st_uid}:
            raise PermissionError(errno.EACCES, "it is a link that somebody else made")
        if path.exists() and not path.is_file() and not path.is_dir():
            path.write_bytes(content)
        else:
            _replace(path.resolve(), content)
    except OSError as error:
        raise OSError(error.errno, f"cannot be written: {error.strerror}", str(path)) from error


def _replace(path: Path, content: bytes) -> None:
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise

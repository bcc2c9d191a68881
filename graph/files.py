"""Files of an installation: the folder that holds them, and writing that survives a crash.

A file or folder is written under a temporary name, flushed to disk and renamed, so that a reader finds the earlier
content or the new one, never a part.
"""

import errno
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import platformdirs

_TEMPORARY_BYTES: Final = 4
# A folder may be writable and not readable, and some file systems cannot flush a folder.
_CANNOT_FLUSH: Final = frozenset({errno.EACCES, errno.EINVAL})


def home() -> Path:
    """Return ``$OPSC_HOME``, or the platform's user data directory for ``opsc``; the folder need not exist."""
    configured = os.environ.get("OPSC_HOME")
    return Path(configured).expanduser() if configured else Path(platformdirs.user_data_dir("opsc"))


def replace(path: Path, content: bytes, mode: int | None = None, *, preserve_owner: bool = False) -> None:
    """Make ``content`` the content of the file ``path`` in one step, which is on disk when this returns.

    The file gets the permissions ``mode``, by default those that the umask leaves; ``preserve_owner`` gives it the
    owner and group of the file that it replaces. A symbolic link is replaced, not followed. Raises ``OSError``; the
    earlier file is then unchanged.
    """
    temporary = path.with_name(f".{path.name}-{secrets.token_hex(_TEMPORARY_BYTES)}")
    descriptor = os.open(
        temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666 if mode is None else 0o600
    )
    try:
        with os.fdopen(descriptor, "wb") as file:
            if preserve_owner and path.exists():
                _copy_owner(path, descriptor)
            file.write(content)
            file.flush()
            if mode is not None:
                os.fchmod(descriptor, mode)
            os.fsync(descriptor)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    flush_folder(path.parent)


@contextmanager
def temporary_folder(parent: Path, prefix: str) -> Iterator[Path]:
    """Give a new folder in ``parent``, which is removed at the end of the ``with`` block unless it was moved."""
    temporary = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
    try:
        yield temporary
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def move_folder(folder: Path, target: Path) -> None:
    """Let a folder take the place of ``target`` in the same parent folder; the new name is on disk when this returns.

    The content is flushed only where :func:`write` wrote it. Raises ``OSError``.
    """
    shutil.rmtree(target, ignore_errors=True)
    folder.rename(target)
    flush_folder(target.parent)


def write(path: Path, content: bytes) -> None:
    """Write a file of a new folder, and return once its content is on disk; :func:`move_folder` flushes its name."""
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def flush_folder(folder: Path) -> None:
    """Return once the names of the files in a folder are on disk, where the file system can tell."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        if error.errno not in _CANNOT_FLUSH:
            raise


def _copy_owner(path: Path, descriptor: int) -> None:
    """Leave the file to its owner: root may change that of the account that serves."""
    owner = path.stat()
    if (owner.st_uid, owner.st_gid) != (os.geteuid(), os.getegid()):
        os.fchown(descriptor, owner.st_uid, owner.st_gid)

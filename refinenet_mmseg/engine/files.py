"""Files that are there as a whole or not at all, and folders that are full."""

import errno
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

# Nothing that looks for checkpoints takes a name with this end for one.
PARTIAL = '.partial'
# Not all file systems can flush.
CANNOT_FLUSH = (errno.EINVAL, errno.ENOTSUP, errno.EBADF)


def flush_to_device(path: Path) -> None:
    """Have the device hold what was written, where it can be asked to.

    Args:
        path: A file or a folder.

    Raises:
        OSError: If the device failed.
    """
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in CANNOT_FLUSH:
            raise
    finally:
        os.close(descriptor)


def commit(path: Path) -> None:
    """Give a file that was written beside its name, after a power cut too.

    Args:
        path: The name; the file is there under this name and ``.partial``.

    Raises:
        OSError: If the device failed.
    """
    partial = path.with_name(path.name + PARTIAL)
    flush_to_device(partial)
    os.replace(partial, path)
    # Not all file systems know how to flush a folder.
    with suppress(OSError):
        flush_to_device(path.parent)


def write_text(path: Path, text: str) -> None:
    """Write a short file as a whole or not at all.

    Args:
        path: Where to.
        text: Its content.

    Raises:
        OSError: If it could not be written; what was there before still is.
    """
    path.with_name(path.name + PARTIAL).write_text(text)
    commit(path)


def remove_leftovers(folder: Path, is_own: Callable[[str], bool]) -> list[str]:
    """Remove what was being written when a process was killed.

    Args:
        folder: Where :func:`commit` gives files their names.
        is_own: Tells whether a name is one of those. Other people's partial
            files stay.

    Returns:
        The names of what was removed.
    """
    leftovers = [
        path
        for path in sorted(folder.glob(f'*{PARTIAL}'))
        if is_own(path.name.removesuffix(PARTIAL))
    ]
    for leftover in leftovers:
        leftover.unlink(missing_ok=True)
    return [leftover.name for leftover in leftovers]


def is_full(error: OSError) -> bool:
    """Tell whether an error says that a disk, or one's share of it, is full.

    Args:
        error: What writing has raised.
    """
    return error.errno in (errno.ENOSPC, errno.EDQUOT)

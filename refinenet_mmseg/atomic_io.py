"""Atomic writes: a file is there as a whole or not at all."""

import errno
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PARTIAL = 'partial'
# Not all file systems can flush.
CANNOT_FLUSH = (errno.EINVAL, errno.ENOTSUP, errno.EBADF)


def partial_path(path: Path) -> Path:
    """Return where a file is written before it gets its name.

    Hidden, in the same folder and with the same suffix, by which some writers
    choose the format. With the number of the process, as several may write
    the same file: process 7 writes ``a.pth`` as ``.a.7.partial.pth``.

    Args:
        path: The file.
    """
    return path.with_name(f'.{path.stem}.{os.getpid()}.{PARTIAL}{path.suffix}')


@contextmanager
def atomic_write(path: Path, durable: bool = False) -> Iterator[Path]:
    """Write a file under another name, then rename it.

    Args:
        path: The file; what it holds stays until the new content is complete.
        durable: Whether the new content must survive a power cut: file and
            folder are flushed to the device. Default: False.

    Yields:
        Where to write.

    Raises:
        OSError: If it could not be written; ``path`` is as it was before.
    """
    partial = partial_path(path)
    try:
        yield partial
        commit(partial, path, durable)
    finally:
        partial.unlink(missing_ok=True)


def commit(partial: Path, path: Path, durable: bool = True) -> None:
    """Give a file that was written under another name its own.

    Args:
        partial: The file as it was written.
        path: Its name, in the same folder.
        durable: As for :func:`atomic_write`. Default: True.

    Raises:
        OSError: If it failed; ``path`` is as it was before.
    """
    if durable:
        fsync(partial)
    os.replace(partial, path)
    if durable:
        # Not all file systems know how to flush a folder.
        with suppress(OSError):
            fsync(path.parent)


def atomic_write_text(path: Path, text: str, durable: bool = False) -> None:
    """Write a text file as a whole or not at all.

    Args:
        path: The file.
        text: Its content, written as UTF-8.
        durable: As for :func:`atomic_write`. Default: False.

    Raises:
        OSError: If it could not be written; ``path`` is as it was before.
    """
    with atomic_write(path, durable) as partial:
        partial.write_text(text, encoding='utf-8')


def make_writable(folder: Path) -> Path:
    """Make a folder where it is missing, and check that it takes files.

    Args:
        folder: The folder.

    Raises:
        ValueError: If it cannot be made or written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise ValueError(
            f'cannot write to {folder}: {error.strerror}; choose another'
        ) from error
    return folder


def remove_partial_files(
    folder: Path, is_own: Callable[[str], bool]
) -> list[str]:
    """Remove what was being written when a process was killed.

    Args:
        folder: Where :func:`atomic_write` was writing.
        is_own: Returns whether the name of a finished file is one of the
            caller's. Other people's partial files stay.

    Returns:
        The names of what was removed.
    """
    removed = []
    for partial in sorted(folder.glob(f'.*.{PARTIAL}*')):
        match = re.fullmatch(rf'\.(.+)\.\d+\.{PARTIAL}(.*)', partial.name)
        if match and is_own(match[1] + match[2]):
            partial.unlink(missing_ok=True)
            removed.append(partial.name)
    return removed


def fsync(path: Path) -> None:
    """Flush a file or a folder to the device, where the device can.

    Args:
        path: The file or folder.

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


def is_disk_full(error: OSError) -> bool:
    """Return whether an error means a full disk or an exceeded quota.

    Args:
        error: What writing has raised.
    """
    return error.errno in (errno.ENOSPC, errno.EDQUOT)

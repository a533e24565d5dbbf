"""Atomic writes: a file is complete or absent at every moment."""

import errno
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PARTIAL = 'partial'
# Errors of file systems that cannot flush.
UNSUPPORTED_FSYNC = (errno.EINVAL, errno.ENOTSUP, errno.EBADF)


def partial_path(path: Path) -> Path:
    """Return the path that a file is written to before it is renamed.

    It is hidden, in the same folder, and has the same suffix, by which some
    writers choose the format. It contains the process ID, as several
    processes may write the same file: process 7 writes ``a.pth`` as
    ``.a.7.partial.pth``.
    """
    return path.with_name(f'.{path.stem}.{os.getpid()}.{PARTIAL}{path.suffix}')


@contextmanager
def atomic_write(path: Path, durable: bool = False) -> Iterator[Path]:
    """Write a file under a temporary name, then rename it.

    Args:
        path: The file; it keeps its content until the new one is complete.
        durable: Whether the new content must survive a power cut: file and
            folder are flushed to the device. Default: False.

    Yields:
        The path to write to.

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
    """Rename a finished partial file.

    Args:
        partial: The file, at its :func:`partial_path`.
        path: The final path.
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
    """Write a text file atomically.

    Args:
        path: The file.
        text: The content, written as UTF-8.
        durable: As for :func:`atomic_write`. Default: False.

    Raises:
        OSError: If it could not be written; ``path`` is as it was before.
    """
    with atomic_write(path, durable) as partial:
        partial.write_text(text, encoding='utf-8')


def make_output_folder(folder: Path) -> Path:
    """Create a folder if it is missing, and check that it is writable.

    Raises:
        ValueError: If it cannot be created or written to.
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
    """Remove the partial files that a killed process left behind.

    Args:
        folder: The folder that was written to.
        is_own: Returns whether the name of a finished file is one of the
            caller's; partial files of others are kept.

    Returns:
        The names of the removed files.
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
        if error.errno not in UNSUPPORTED_FSYNC:
            raise
    finally:
        os.close(descriptor)


def is_disk_full(error: OSError) -> bool:
    """Return whether an error means a full disk or an exceeded quota."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT)

"""Atomic writing of checkpoint files."""

from pathlib import Path
from typing import Any

import torch

from ..atomic_io import atomic_write


def check_destination(destination: Path, source: Path | None = None) -> None:
    """Refuse to write over a folder, or over the source itself.

    Args:
        destination: The file to write.
        source: The existing file that is read. Default: None.

    Raises:
        ValueError: If it is either.
    """
    if not destination.exists():
        return
    if not destination.is_file():
        raise ValueError(f'{destination} is not a file: name one to write')
    if source is not None and destination.samefile(source):
        raise ValueError(f'{destination} would overwrite its own source')


def write_checkpoint(checkpoint: dict[str, Any], destination: Path) -> None:
    """Write a checkpoint atomically; missing folders are created.

    Args:
        checkpoint: The content.
        destination: The file.

    Raises:
        OSError: If it cannot be written.
    """
    destination.parent.mkdir(parents=True, exist_ok=True)
    # Through a file object: a path's name would become part of the file.
    with (
        atomic_write(destination) as partial,
        open(partial, 'wb') as file,
    ):
        try:
            torch.save(checkpoint, file)
        except RuntimeError as error:  # raised for a full disk
            raise OSError(f'cannot write {destination}: {error}') from error

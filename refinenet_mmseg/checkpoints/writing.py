"""Write a checkpoint file whole, or leave what was there."""

import os
import tempfile
from pathlib import Path
from typing import Any

import torch


def check_destination(destination: Path, source: Path | None = None) -> None:
    """Refuse to write over a folder, or over the source itself.

    Args:
        destination: The file to write.
        source: The file that is read, once it is known to be there.

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
    """Write a checkpoint; missing folders are made.

    Args:
        checkpoint: What to write.
        destination: The file; complete, or left as it was.

    Raises:
        OSError: If it cannot be written.
    """
    destination.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(
        prefix='.writing-', dir=destination.parent
    ) as folder:
        unfinished = Path(folder, destination.name)
        # Through a file object: a path's name would become part of the file.
        with open(unfinished, 'wb') as file:
            try:
                torch.save(checkpoint, file)
            except RuntimeError as error:  # torch's word for a full disk
                raise OSError(
                    f'cannot write {destination}: {error}'
                ) from error
        os.replace(unfinished, destination)

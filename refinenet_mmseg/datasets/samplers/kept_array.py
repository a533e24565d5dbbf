"""One array kept in a file, with what it depends on."""

import logging
import os
import tempfile
import zipfile
from pathlib import Path

import numpy as np
from mmengine.logging import print_log


def kept_array(path: Path, fingerprint: str) -> np.ndarray | None:
    """Read an array that was kept.

    Args:
        path: Where :func:`keep_array` has written it.
        fingerprint: What it must depend on.

    Returns:
        The array; None where there is none, or one of something else.
    """
    try:
        with np.load(path) as kept:
            if str(kept['fingerprint']) == fingerprint:
                return kept['array']
    except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile):
        # Not there, or not what we wrote: it will be written anew.
        pass
    return None


def keep_array(path: Path, fingerprint: str, array: np.ndarray) -> None:
    """Keep an array, or say in the log why not.

    Written beside, then renamed: a reader meets the whole file or none.

    Args:
        path: Where to; missing folders are made.
        fingerprint: What the array depends on.
        array: The array.
    """
    beside = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            dir=path.parent, suffix='.partial', delete=False
        ) as file:
            beside = file.name
            np.savez_compressed(file, fingerprint=fingerprint, array=array)
        os.replace(beside, path)
    except OSError as error:
        print_log(
            f'{path} could not be written ({error}); the next run reads the '
            'label maps again',
            logger='current',
            level=logging.WARNING,
        )
        if beside:
            Path(beside).unlink(missing_ok=True)

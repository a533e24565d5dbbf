"""Read checkpoint files as data: nothing in them is ever executed."""

import hashlib
import pickle
import re
from pathlib import Path
from textwrap import shorten
from typing import Any

import torch

from ..safe_globals import allow_globals, number_globals


def read_checkpoint(path: str | Path) -> Any:
    """Read a checkpoint that may come from anywhere.

    Tensors, plain Python values and, with torch 2.6 or newer, numpy's scalars
    and dtypes are read, in torch's formats of today and of before 1.6.

    Args:
        path: The file.

    Raises:
        FileNotFoundError: If there is no such file.
        PermissionError: If it may not be read.
        ValueError: If the file is damaged, no checkpoint, or holds objects
            that only code could rebuild.
    """
    path = Path(path)
    if path.is_dir():
        raise ValueError(f'{path} is a folder: name the checkpoint in it')
    if not path.is_file():
        raise FileNotFoundError(f'There is no checkpoint {path}')
    try:
        with allow_globals(number_globals()):
            return torch.load(path, map_location='cpu', weights_only=True)
    except (MemoryError, PermissionError):
        raise
    except pickle.UnpicklingError as error:
        found = re.search(r'(?:GLOBAL|class) (\S+)', str(error))
        reason = f' ({found[1]})' if found else ''
        raise ValueError(
            f'{path} is damaged or holds objects{reason} that are neither '
            'tensors nor plain values. Nothing in it was executed. If you '
            'trust its source, load it there and save its state_dict alone'
        ) from error
    except Exception as error:
        # Damage shows wherever its bytes lead: zip, struct, unicode, ...
        raise ValueError(
            f'{path} is damaged or no checkpoint that torch.save wrote (it '
            'may be a web page, an archive or a scripted model): '
            f'{type(error).__name__} {shorten(str(error), 100)}'
        ) from error


def file_sha256(path: str | Path) -> str:
    """Compute the SHA-256 of a file, in hexadecimal digits.

    Args:
        path: The file.
    """
    digest = hashlib.sha256()
    with open(path, 'rb') as file:
        while chunk := file.read(2**20):
            digest.update(chunk)
    return digest.hexdigest()

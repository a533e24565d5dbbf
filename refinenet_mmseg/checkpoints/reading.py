"""Read checkpoint files as data: nothing in them is ever executed."""

import hashlib
import pickle
import re
from pathlib import Path
from textwrap import shorten
from typing import Any

import numpy as np
import torch

NUMBER_KINDS = 'biufc'
NUMBER_CODES = '?' + np.typecodes['AllInteger'] + np.typecodes['AllFloat']


def read_checkpoint(path: str | Path) -> Any:
    """Read a checkpoint that may come from anywhere.

    Tensors, plain Python values and numpy's scalars and dtypes are read, in
    torch's formats of today and of before 1.6.

    Args:
        path: The file.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file is damaged, no checkpoint, or holds objects
            that only code could rebuild.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(f'There is no checkpoint {path}')
    try:
        with torch.serialization.safe_globals(_harmless_numpy()):
            return torch.load(path, map_location='cpu', weights_only=True)
    except pickle.UnpicklingError as error:
        found = re.search(r'GLOBAL (\S+)|(<class \S+>)', str(error))
        reason = found[1] or found[2] if found else 'of an unknown kind'
        raise ValueError(
            f'{path} is damaged or holds objects ({reason}) that are neither '
            'tensors nor plain values. Nothing in it was executed. If you '
            'trust its source, load it there and save its state_dict alone'
        ) from error
    except Exception as error:
        # Damage shows wherever its bytes lead: zip, struct, unicode, ...
        raise ValueError(
            f'{path} is damaged or no checkpoint of torch: '
            f'{type(error).__name__} {shorten(str(error), 200)}'
        ) from error


def file_sha256(path: str | Path) -> str:
    """Compute the SHA-256 of a file, in hexadecimal digits."""
    digest = hashlib.sha256()
    with open(path, 'rb') as file:
        while chunk := file.read(2**20):
            digest.update(chunk)
    return digest.hexdigest()


def _number_scalar(
    dtype: np.dtype, data: bytes | str
) -> int | float | complex:
    """Rebuild a numpy scalar as a Python number.

    It stands in for numpy's own function, which for other dtypes than
    numbers runs a second, unguarded unpickler.
    """
    if dtype.kind not in NUMBER_KINDS:
        raise pickle.UnpicklingError(f'a numpy scalar of dtype {dtype}')
    if isinstance(data, str):  # as Python 2 wrote bytes
        data = data.encode('latin1')
    return np.frombuffer(data, dtype, count=1)[0].item()


def _harmless_numpy() -> list[Any]:
    """List what torch may call to rebuild numpy's scalars and dtypes."""
    dtypes = {type(np.dtype(code)) for code in NUMBER_CODES}
    scalars = [
        (_number_scalar, f'numpy.{core}.multiarray.scalar')
        for core in ('core', '_core')  # numpy 1 and numpy 2
    ]
    return [np.dtype, *dtypes, *scalars]

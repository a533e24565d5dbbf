"""What a pickle may call to rebuild numpy's values: nothing that runs code."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from packaging.version import Version

# A global as torch.serialization.safe_globals takes it: the object by itself,
# or with the name that stands for it in the file.
Global = Any | tuple[Callable[..., Any], str]

NUMBER_CODES = '?' + np.typecodes['AllInteger'] + np.typecodes['AllFloat']
# numpy 1 and numpy 2 name the same module differently.
MODULES = ('numpy.core.multiarray', 'numpy._core.multiarray')


def numpy_number_globals() -> list[Global]:
    """List what rebuilds scalars and dtypes of numbers and truth values."""
    scalar = np.float64(0).__reduce__()[0]
    dtypes = {type(np.dtype(code)) for code in NUMBER_CODES}
    names = [(scalar, f'{module}.scalar') for module in MODULES]
    return [np.dtype, *dtypes, *names]


def numpy_array_globals() -> list[Global]:
    """List what rebuilds arrays of numbers and truth values as well."""
    reconstruct = np.zeros(1).__reduce__()[0]
    names = [(reconstruct, f'{module}._reconstruct') for module in MODULES]
    return [np.ndarray, *names, *numpy_number_globals()]


@contextmanager
def allow_globals(allowed: Sequence[Global]) -> Iterator[None]:
    """Let ``torch.load(weights_only=True)`` call some more functions.

    torch before 2.6 cannot be told, and refuses what needs them.

    Args:
        allowed: The functions and classes.
    """
    if not knows_globals_by_name():
        yield
        return
    before = torch.serialization.get_safe_globals()
    try:
        with torch.serialization.safe_globals(allowed):
            yield
    finally:
        # torch has just forgotten those that were allowed before as well.
        torch.serialization.add_safe_globals(before)


def knows_globals_by_name() -> bool:
    """Tell whether torch takes globals that go by another name in files."""
    return Version(torch.__version__) >= Version('2.6')

"""What a checkpoint may call while it is loaded: nothing that runs code.

numpy's own functions are not among it: with arguments of an attacker's choice
they make arrays over memory that is not theirs. Stand-ins rebuild numbers and
arrays of numbers, and refuse everything else.
"""

import pickle
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from mmengine.logging import HistoryBuffer
from packaging.version import Version

# An object, and the name that stands for it in the file.
Global = tuple[Callable[..., Any], str]

NUMBER_KINDS = 'biufc'
HISTORY_METHODS = ('min', 'max', 'current', 'mean')
# numpy 1 and numpy 2 name the same module differently.
MODULES = ('numpy.core.multiarray', 'numpy._core.multiarray')


class NumberDtype:
    """Stands in for ``numpy.dtype``: the types of numbers and truth values.

    Args:
        code: The type, such as ``f8``.
        flags: What numpy writes besides; without meaning here.
    """

    def __init__(self, code: str, *flags: bool) -> None:
        self.value = np.dtype(code)
        if self.value.kind not in NUMBER_KINDS:
            raise pickle.UnpicklingError(f'a numpy dtype {code!r}')

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        """Take the order of the bytes, and none of the type's internals."""
        if state[1] in ('<', '>'):
            self.value = self.value.newbyteorder(state[1])


class NumberArray(np.ndarray):
    """Stands in for ``numpy.ndarray``: an array of numbers.

    It is pickled as the plain array that it is.
    """

    def __new__(cls, *arguments: Any) -> 'NumberArray':
        """Make an empty array; the content is set afterwards."""
        if arguments:
            raise pickle.UnpicklingError('a numpy array over foreign memory')
        array: Any = np.zeros(0).view(cls)
        return array

    def __setstate__(self, state: Any) -> None:
        """Take shape, type and content of an array of numbers."""
        _, shape, dtype, is_fortran, content = state
        if not isinstance(dtype, NumberDtype) or not isinstance(
            content, bytes
        ):
            raise pickle.UnpicklingError('a numpy array of other than numbers')
        checked: Any = (1, tuple(shape), dtype.value, is_fortran, content)
        super().__setstate__(checked)

    def __reduce__(self) -> Any:
        return self.view(np.ndarray).__reduce__()


def number_scalar(dtype: NumberDtype, content: bytes) -> Any:
    """Stand in for ``numpy.core.multiarray.scalar``.

    Args:
        dtype: Type of the number.
        content: Its bytes.
    """
    if not isinstance(dtype, NumberDtype):
        raise pickle.UnpicklingError('a numpy scalar of other than a number')
    return np.frombuffer(content, dtype.value, count=1)[0]


def reconstruct_array(*arguments: Any) -> NumberArray:
    """Stand in for ``numpy.core.multiarray._reconstruct``: an empty array.

    Args:
        arguments: What numpy writes; the array's state follows in the file.
    """
    return NumberArray()


def empty_bytes() -> bytes:
    """Stand in for ``bytes``, as which pickle writes no bytes."""
    return b''


def history_method(owner: Any, name: str) -> Callable[..., Any]:
    """Stand in for ``getattr``: the methods of mmengine's history, no more.

    Args:
        owner: Whose attribute it is.
        name: Name of the attribute.
    """
    if owner is not HistoryBuffer or name not in HISTORY_METHODS:
        raise pickle.UnpicklingError(
            f'the attribute {name!r} of {owner!r}, in a checkpoint'
        )
    return getattr(HistoryBuffer, name)


def number_globals() -> list[Global]:
    """List what rebuilds numpy's scalars and dtypes."""
    return [
        (NumberDtype, 'numpy.dtype'),
        *((number_scalar, f'{module}.scalar') for module in MODULES),
    ]


def history_globals() -> list[Global]:
    """List what rebuilds mmengine's history of the log."""
    history = f'{HistoryBuffer.__module__}.{HistoryBuffer.__qualname__}'
    return [
        (HistoryBuffer, history),
        (history_method, 'builtins.getattr'),
        (empty_bytes, 'builtins.bytes'),
        (NumberArray, 'numpy.ndarray'),
        *((reconstruct_array, f'{module}._reconstruct') for module in MODULES),
        *number_globals(),
    ]


@contextmanager
def allow_globals(allowed: Sequence[Global]) -> Iterator[None]:
    """Let ``torch.load(weights_only=True)`` call some more functions.

    Whatever else was allowed under one of their names is not, meanwhile.
    torch before 2.6 cannot be told, and refuses what needs them.

    Args:
        allowed: The functions and classes with their names.
    """
    if not knows_globals_by_name():
        yield
        return
    names = {name for _, name in allowed}
    before = torch.serialization.get_safe_globals()
    others = [other for other in before if _name_of(other) not in names]
    try:
        torch.serialization.clear_safe_globals()
        torch.serialization.add_safe_globals([*others, *allowed])
        yield
    finally:
        torch.serialization.clear_safe_globals()
        torch.serialization.add_safe_globals(before)


def _name_of(allowed: Any) -> str:
    if isinstance(allowed, tuple):
        return allowed[1]
    return f'{allowed.__module__}.{allowed.__qualname__}'


def knows_globals_by_name() -> bool:
    """Tell whether torch takes globals that go by another name in files."""
    return Version(torch.__version__) >= Version('2.6')

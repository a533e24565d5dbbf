"""Objects that a checkpoint may rebuild while it is loaded as data.

Trainings keep mmengine's history of the log in their checkpoints, and with it
numpy's arrays. numpy's own functions are not allowed: with arguments of an
attacker's choice they create arrays over foreign memory. Stand-ins
rebuild numbers and arrays of numbers, and refuse everything else.
"""

import pickle
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from mmengine.logging import HistoryBuffer
from mmengine.runner import checkpoint
from packaging.version import Version

# An object, and its name in the file.
Global = tuple[Callable[..., Any], str]

NUMBER_KINDS = 'biufc'
HISTORY_METHODS = ('min', 'max', 'current', 'mean')
# numpy 1 and numpy 2 name the same module differently.
MODULES = ('numpy.core.multiarray', 'numpy._core.multiarray')
_lock = threading.RLock()


class NumberDtype:
    """Stand in for ``numpy.dtype``: numeric and boolean types only.

    Args:
        code: The type, such as ``f8``.
        flags: The other arguments that numpy writes; without meaning here.
    """

    def __init__(self, code: str, *flags: bool) -> None:
        self.value = np.dtype(code)
        if self.value.kind not in NUMBER_KINDS:
            raise pickle.UnpicklingError(f'a numpy dtype {code!r}')

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        """Set the byte order, and ignore the type's internals."""
        if state[1] in ('<', '>'):
            self.value = self.value.newbyteorder(state[1])


class NumberArray(np.ndarray):
    """Stand in for ``numpy.ndarray``: an array of numbers.

    It is pickled as a plain array.
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
        arguments: Those that numpy writes; the state follows in the file.
    """
    return NumberArray()


def empty_bytes() -> bytes:
    """Stand in for ``bytes``, as which pickle writes no bytes."""
    return b''


def history_method(owner: Any, name: str) -> Callable[..., Any]:
    """Stand in for ``getattr``: methods of mmengine's history only.

    Args:
        owner: The object with the attribute.
        name: Name of the attribute.
    """
    if owner is not HistoryBuffer or name not in HISTORY_METHODS:
        raise pickle.UnpicklingError(
            f'the attribute {name!r} of {owner!r}, in a checkpoint'
        )
    return getattr(HistoryBuffer, name)


def history_globals() -> list[Global]:
    """List the objects that rebuild mmengine's history of the log."""
    history = f'{HistoryBuffer.__module__}.{HistoryBuffer.__qualname__}'
    return [
        (HistoryBuffer, history),
        (history_method, 'builtins.getattr'),
        (empty_bytes, 'builtins.bytes'),
        (NumberArray, 'numpy.ndarray'),
        (NumberDtype, 'numpy.dtype'),
        *((reconstruct_array, f'{module}._reconstruct') for module in MODULES),
        *((number_scalar, f'{module}.scalar') for module in MODULES),
    ]


def supports_named_globals() -> bool:
    """Return whether torch supports safe globals under given names."""
    return Version(torch.__version__) >= Version('2.6')


def register_history_globals() -> None:
    """Allow torch to load mmengine's history as data in the whole process.

    Upstream's mmengine does not register its own history, so that
    ``init_model`` and ``--resume`` refuse the checkpoint of a training.
    OneDL's allows objects of its own while it loads: there, nothing is
    registered.
    """
    upstream = not hasattr(checkpoint, '_safe_torch_load')
    if upstream and supports_named_globals():
        torch.serialization.add_safe_globals(history_globals())


@contextmanager
def restricted_history_globals() -> Iterator[None]:
    """Restrict the names of :func:`history_globals` to these stand-ins.

    Other code may have allowed numpy's own functions, or ``getattr``, under
    the same names. One thread enters at a time, and torch's list is restored
    at the end. torch before 2.6 does not support named globals and refuses
    files that need them.
    """
    if not supports_named_globals():
        yield
        return
    ours = history_globals()
    names = {name for _, name in ours}
    with _lock:
        before = torch.serialization.get_safe_globals()
        missing = [one for one in ours if one not in before]
        others = [
            one for one in before if one not in ours and _name_of(one) in names
        ]
        _remove_globals(others)
        torch.serialization.add_safe_globals(missing)
        try:
            yield
        finally:
            _remove_globals(missing)
            torch.serialization.add_safe_globals(others)


def _remove_globals(allowed: list[Any]) -> None:
    # torch removes single objects only where its own context ends.
    torch.serialization.safe_globals(allowed).__exit__(None, None, None)


def _name_of(allowed: Any) -> str:
    if isinstance(allowed, tuple):
        return allowed[1]
    return f'{allowed.__module__}.{allowed.__qualname__}'

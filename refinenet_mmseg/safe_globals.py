"""Objects that a checkpoint may rebuild while it is loaded as data.

Trainings keep mmengine's history of the log in their checkpoints, and with it
numpy's arrays. numpy's own functions are not allowed: with arguments of an
attacker's choice they create arrays over foreign memory. Stand-ins
rebuild numbers and arrays of numbers, and refuse everything else.
"""

import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
import torch._weights_only_unpickler
from mmengine.logging import HistoryBuffer
from mmengine.runner import checkpoint
from packaging.version import Version

from .scoped_patch import ScopedPatch

# An object, and its name in the file.
Global = tuple[Callable[..., Any], str]

NUMBER_KINDS = 'biufc'
HISTORY_METHODS = ('min', 'max', 'current', 'mean')
# numpy 1 and numpy 2 name the same module differently.
MODULES = ('numpy.core.multiarray', 'numpy._core.multiarray')
# numpy's own functions, under whatever name.
SCALAR: Any = np.float64(0).__reduce__()[0]
RECONSTRUCT: Any = np.zeros(0).__reduce__()[0]


class NumberDtype:
    """Stand in for ``numpy.dtype``: numeric and boolean types only.

    Args:
        code: The type, such as ``f8``.
        flags: The other arguments that numpy writes; without meaning here.
    """

    def __new__(cls, *arguments: Any) -> Any:
        """Make numpy's own type where that is allowed, too."""
        if _is_allowed(np.dtype):
            return np.dtype(*arguments)
        return super().__new__(cls)

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
        if _is_allowed(np.ndarray) and isinstance(dtype, np.dtype):
            super().__setstate__(state)
            return
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
    if isinstance(dtype, np.dtype) and _is_allowed(SCALAR):
        return SCALAR(dtype, content)
    if not isinstance(dtype, NumberDtype):
        raise pickle.UnpicklingError('a numpy scalar of other than a number')
    return np.frombuffer(content, dtype.value, count=1)[0]


def reconstruct_array(*arguments: Any) -> np.ndarray:
    """Stand in for ``numpy.core.multiarray._reconstruct``: an empty array.

    Args:
        arguments: Those that numpy writes; the state follows in the file.
    """
    if arguments[:1] == (np.ndarray,) and _is_allowed(np.ndarray):
        return RECONSTRUCT(*arguments)
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
    if _is_allowed(getattr):
        return getattr(owner, name)
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
    the same names. torch's list stays as it is; this thread reads another
    one. torch before 2.6 does not support named globals and refuses files
    that need them.
    """
    if not supports_named_globals():
        yield
        return
    with _restriction.enter():
        yield


def _read_allowed_globals(original: Callable[[], dict]) -> dict[str, Any]:
    """Return torch's table of allowed objects, with the stand-ins in it."""
    return {**original(), **{name: one for one, name in history_globals()}}


_restriction = ScopedPatch(
    (
        torch._weights_only_unpickler,
        '_get_user_allowed_globals',
        _read_allowed_globals,
    )
)


def _is_allowed(own: Any) -> bool:
    """Return whether other code has allowed what a stand-in stands for.

    torch knows two objects by one name then, and takes either.
    """
    return not _restriction.is_active and any(
        own is (one[0] if isinstance(one, tuple) else one)
        for one in torch.serialization.get_safe_globals()
    )

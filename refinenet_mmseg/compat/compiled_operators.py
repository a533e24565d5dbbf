"""mmcv without its compiled operators, which RefineNet does not need."""

import importlib
import sys
from collections.abc import Callable
from importlib.machinery import ModuleSpec
from types import ModuleType

EXTENSION = 'mmcv._ext'


def stand_in_for_compiled_operators() -> None:
    """Let mmseg be imported without mmcv's compiled operators.

    What: ``import mmseg.models`` ends in ``No module named 'mmcv._ext'``
    with mmcv-lite, although only a few heads need a compiled operator. With
    the stand-in, those heads fail where they call one.
    Where: mmsegmentation, ``models/decode_heads/san_head.py`` and others,
    which import ``mmcv.ops`` unguarded; seen in 1.2.2, not in OneDL's.
    Until: mmsegmentation guards these imports.
    """
    try:
        importlib.import_module('mmseg.models')
    except ModuleNotFoundError as error:
        if error.name != EXTENSION:
            raise
        sys.modules[EXTENSION] = _OperatorStandIns(EXTENSION)
        importlib.import_module('mmseg.models')


class _OperatorStandIns(ModuleType):
    """A module that has every operator, none of which can be called."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        # No loader: mmengine takes that for mmcv-lite, as it should.
        self.__spec__ = ModuleSpec(name, loader=None)

    def __getattr__(self, name: str) -> Callable[..., None]:
        if name.startswith('__'):
            raise AttributeError(name)

        def operator(*args: object, **kwargs: object) -> None:
            raise RuntimeError(
                f'The operator {name} is not compiled: mmcv-lite has none. '
                'Install mmcv in its place (pip uninstall mmcv-lite; '
                'pip install "mmcv>=2.0.1,<2.2")'
            )

        return operator

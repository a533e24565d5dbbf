"""Stand-ins for compiled operators that RefineNet does not need."""

import importlib
import re
import sys
from collections.abc import Callable
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import torch

MMCV_EXTENSION = 'mmcv._ext'
# Operators that torchvision describes further in Python while it is imported.
TORCHVISION_SCHEMAS = (
    'nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor',
    'qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor',
)
# Declarations last as long as the object that made them.
_libraries: list[torch.library.Library] = []


def stand_in_for_compiled_operators() -> None:
    """Make mmseg importable without mmcv's compiled operators.

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
        if error.name != MMCV_EXTENSION:
            raise
        sys.modules[MMCV_EXTENSION] = _OperatorStandIns(MMCV_EXTENSION)
        importlib.import_module('mmseg.models')


class _OperatorStandIns(ModuleType):
    """Stand in for a module of operators, none of which can be called."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        # No loader: mmengine takes that for mmcv-lite, as it should.
        self.__spec__ = ModuleSpec(name, loader=None)

    def __getattr__(self, name: str) -> Callable[..., None]:
        if name.startswith('__'):
            raise AttributeError(name)

        def operator(*args: object, **kwargs: object) -> None:
            raise ImportError(
                f'The operator {name} is not compiled: mmcv-lite has none. '
                'Install mmcv in its place (pip uninstall mmcv-lite; '
                'pip install "mmcv>=2.0.1,<2.2")'
            )

        return operator


def declare_torchvision_operators() -> None:
    """Make torchvision importable beside a torch built for the CPU.

    What: ``import torchvision`` ends in ``operator torchvision::nms does not
    exist``, and with it mmpretrain's backbones and OneDL's mmseg: package
    indices have torchvision for CUDA only, whose operators such a torch
    cannot load. RefineNet and these backbones call none of them.
    Where: torchvision, ``_meta_registrations.py``; seen in 0.28.0.
    Until: package indices have torchvision for the CPU, or it describes only
    the operators that it could load.
    """
    if (
        torch.version.cuda is None
        and 'torchvision' not in sys.modules
        and not hasattr(torch.ops.torchvision, 'nms')
        and _is_torchvision_for_cuda()
    ):
        library = torch.library.Library('torchvision', 'DEF')
        for schema in TORCHVISION_SCHEMAS:
            library.define(schema)
        _libraries.append(library)


def _is_torchvision_for_cuda() -> bool:
    """Read what torchvision was built for; importing it may fail."""
    spec = find_spec('torchvision')
    if spec is None or spec.origin is None:
        return False
    version = Path(spec.origin).with_name('version.py')
    return version.is_file() and bool(
        re.search(r'^__version__ = .*\+cu\d', version.read_text(), re.M)
    )

"""torchvision beside a torch that was not built for it."""

import importlib
import sys
from importlib.util import find_spec

import torch

# Operators that torchvision describes further in Python while it is imported.
SCHEMAS = (
    'nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor',
    'qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor',
)

LIBRARY = '_refinenet_mmseg_library'


def declare_torchvision_operators() -> None:
    """Let torchvision be imported beside a torch built for the CPU.

    What: ``import torchvision`` ends in ``operator torchvision::nms does not
    exist``, and with it mmpretrain's backbones and OneDL's mmseg: package
    indices have torchvision for CUDA only, whose operators such a torch
    cannot load. RefineNet and these backbones call none of them.
    Where: torchvision, ``_meta_registrations.py``; seen in 0.28.0.
    Until: package indices have torchvision for the CPU, or it describes only
    the operators that it could load.
    """
    if torch.version.cuda is not None or find_spec('torchvision') is None:
        return
    try:
        importlib.import_module('torchvision')
    except RuntimeError as error:
        if 'torchvision::' not in str(error):
            raise
        for name in [name for name in sys.modules if _is_torchvision(name)]:
            del sys.modules[name]
        library = torch.library.Library('torchvision', 'DEF')
        for schema in SCHEMAS:
            library.define(schema)
        # The declarations last as long as the library object.
        torchvision = importlib.import_module('torchvision')
        vars(torchvision)[LIBRARY] = library


def _is_torchvision(name: str) -> bool:
    return name.split('.')[0] == 'torchvision'

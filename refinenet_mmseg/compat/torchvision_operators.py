"""torchvision beside a torch that was not built for it."""

import re
import sys
from importlib.util import find_spec
from pathlib import Path

import torch

# Operators that torchvision describes further in Python while it is imported.
SCHEMAS = (
    'nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor',
    'qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor',
)
# Declarations last as long as the object that made them.
_libraries: list[torch.library.Library] = []


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
    if (
        torch.version.cuda is None
        and 'torchvision' not in sys.modules
        and not _libraries
        and _torchvision_is_for_cuda()
    ):
        library = torch.library.Library('torchvision', 'DEF')
        for schema in SCHEMAS:
            library.define(schema)
        _libraries.append(library)


def _torchvision_is_for_cuda() -> bool:
    """Tell what torchvision was built for; importing it may fail."""
    spec = find_spec('torchvision')
    if spec is None or spec.origin is None:
        return False
    version = Path(spec.origin).with_name('version.py')
    return version.is_file() and bool(
        re.search(r'^__version__ = .*\+cu\d', version.read_text(), re.M)
    )

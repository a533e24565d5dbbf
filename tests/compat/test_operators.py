import pkgutil
import sys
from importlib.util import find_spec

import pytest
import torch
from support import UPSTREAM, is_installed

from refinenet_mmseg.compat.operators import (
    MMCV_EXTENSION,
    _OperatorStandIns,
)

HAS_DEFECT = UPSTREAM and is_installed('mmcv-lite')


@pytest.mark.integration
def test_mmseg_is_imported_without_operators(fresh):
    # timm, which mmseg imports where it is, needs torchvision's operators.
    without_timm = "import sys; sys.modules['timm'] = None; "
    worked, output = fresh(without_timm + 'import mmseg.models')
    assert worked != HAS_DEFECT, output
    worked, output = fresh('import refinenet_mmseg, mmseg.models')
    assert worked, output


@pytest.mark.integration
def test_importing_prints_nothing_of_its_own(fresh):
    _, output = fresh('import refinenet_mmseg', warnings='default')
    # OneDL prints by itself, and both warn, whenever they are imported.
    assert 'refinenet_mmseg' not in output
    assert 'pkg_resources' not in output


def test_the_stand_in_is_there_only_where_needed():
    extension = sys.modules.get(MMCV_EXTENSION)
    assert isinstance(extension, _OperatorStandIns) == HAS_DEFECT
    # what mmengine and mmcv themselves ask
    assert (pkgutil.find_loader(MMCV_EXTENSION) is None) == (
        is_installed('mmcv-lite') or is_installed('onedl-mmcv')
    )


def test_an_operator_says_what_to_install():
    module = _OperatorStandIns(MMCV_EXTENSION)
    assert hasattr(module, 'nms')
    assert not hasattr(module, '__path__')
    with pytest.raises(
        ImportError, match=r'nms is not compiled.*Install mmcv'
    ):
        module.nms(1, iou_threshold=2)


@pytest.mark.integration
@pytest.mark.skipif(
    find_spec('torchvision') is None or torch.version.cuda is not None,
    reason='needs torchvision beside a torch for the CPU',
)
def test_torchvision_is_imported(fresh):
    bare, reason = fresh('import torchvision')
    worked, output = fresh(
        'import refinenet_mmseg, torchvision, torch\n'
        'from mmpretrain.models import ConvNeXt\n'
        'from refinenet_mmseg.compat import operators\n'
        'print(bool(operators._libraries))'
    )
    assert worked, output
    assert bare or 'torchvision::nms does not exist' in reason
    # declared where it would not be imported, and there alone
    assert output.splitlines()[-1] == str(not bare), reason

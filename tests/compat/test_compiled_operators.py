import pkgutil
import sys

import pytest
from support.stack import UPSTREAM, is_installed

from refinenet_mmseg.compat.compiled_operators import (
    EXTENSION,
    _OperatorStandIns,
)

HAS_DEFECT = UPSTREAM and is_installed('mmcv-lite')


@pytest.mark.integration
def test_mmseg_is_imported_without_operators(fresh):
    worked, output = fresh('import mmseg.models')
    assert worked != HAS_DEFECT, output
    worked, output = fresh('import refinenet_mmseg, mmseg.models')
    assert worked, output


@pytest.mark.integration
def test_nothing_is_printed_by_the_workarounds(fresh):
    _, output = fresh('import refinenet_mmseg', warnings='default')
    # OneDL prints by itself, and both warn, whenever they are imported.
    assert 'refinenet_mmseg' not in output
    assert 'pkg_resources' not in output


def test_the_stand_in_is_there_only_where_needed():
    extension = sys.modules.get(EXTENSION)
    assert isinstance(extension, _OperatorStandIns) == HAS_DEFECT
    # what mmengine and mmcv themselves ask
    assert (pkgutil.find_loader(EXTENSION) is None) == (
        is_installed('mmcv-lite') or is_installed('onedl-mmcv')
    )


def test_an_operator_says_what_to_install():
    module = _OperatorStandIns(EXTENSION)
    assert hasattr(module, 'nms')
    assert not hasattr(module, '__path__')
    with pytest.raises(
        RuntimeError, match=r'nms is not compiled.*Install mmcv'
    ):
        module.nms(1, iou_threshold=2)

import pkgutil
import sys

import pytest
from stack import UPSTREAM, is_installed

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
    _, bare = fresh('import mmseg, mmengine, mmcv', workarounds=False)
    _, ours = fresh('import refinenet_mmseg')
    # OneDL prints by itself, whenever its packages are imported.
    lines = set(ours.splitlines()) - set(bare.splitlines())
    assert not [line for line in lines if 'OneDL' not in line]


def test_the_stand_in_is_there_only_where_needed():
    assert (EXTENSION in sys.modules) == HAS_DEFECT
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

from importlib.util import find_spec

import pytest
import torch


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
        'from refinenet_mmseg.compat import torchvision_operators\n'
        'print(bool(torchvision_operators._libraries))'
    )
    assert worked, output
    assert bare or 'torchvision::nms does not exist' in reason
    # declared where it would not be imported, and there alone
    assert output.splitlines()[-1] == str(not bare), reason

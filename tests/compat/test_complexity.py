import mmengine.analysis
import pytest
import torch
from torch import nn


def test_a_shape_beside_inputs_is_no_error():
    model = nn.Conv2d(3, 4, 1, bias=False)
    count = mmengine.analysis.get_model_complexity_info
    inputs = torch.ones(1, 3, 5, 5)
    options = dict(inputs=inputs, show_table=False, show_arch=False)
    assert count(model, (3, 5, 5), **options)['flops'] == 4 * 3 * 25
    original = getattr(count, '__wrapped__', None)
    if original is not None:  # where the defect is
        with pytest.raises(ValueError, match='cannot be both set'):
            original(model, (3, 5, 5), **options)

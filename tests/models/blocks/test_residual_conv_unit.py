import pytest
import torch
import torch.nn.functional as F
from mmseg.registry import MODELS
from torch import nn

from refinenet_mmseg.models import ResidualConvUnit


def test_computes_the_papers_formula():
    unit = ResidualConvUnit(4)
    x = torch.randn(2, 4, 7, 5)
    hidden = F.conv2d(F.relu(x), unit.conv1.weight, unit.conv1.bias, padding=1)
    expected = x + F.conv2d(F.relu(hidden), unit.conv2.weight, padding=1)
    torch.testing.assert_close(unit(x), expected)


def test_only_the_first_convolution_has_a_bias():
    unit = ResidualConvUnit(4)
    assert unit.conv1.bias is not None
    assert unit.conv2.bias is None


def test_keeps_its_input_even_with_an_inplace_activation():
    unit = MODELS.build(
        dict(
            type='ResidualConvUnit',
            channels=4,
            act_cfg=dict(type='ReLU6', inplace=True),
        )
    )
    x = torch.randn(1, 4, 5, 5)
    before = x.clone()
    unit(x)
    assert torch.equal(x, before)
    assert isinstance(unit.act1, nn.ReLU6)


def test_a_norm_follows_each_convolution_and_replaces_the_bias():
    unit = ResidualConvUnit(4, norm_cfg=dict(type='BN'))
    conv, norm = unit.conv1
    assert conv.bias is None
    assert isinstance(norm, nn.BatchNorm2d)
    assert isinstance(unit.conv2[1], nn.BatchNorm2d)


def test_refuses_an_even_kernel():
    with pytest.raises(ValueError, match=r'kernel_size must be odd.*got 2'):
        ResidualConvUnit(4, kernel_size=2)

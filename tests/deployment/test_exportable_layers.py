"""Replacements compute the same as their layers, at any size."""

import pytest
import torch
from mmcv.cnn.bricks.conv2d_adaptive_padding import Conv2dAdaptivePadding
from mmseg.models.utils import Upsample
from mmseg.models.utils.embed import AdaptivePadding
from support.exported_networks import SIZES, check_replacement
from timm.layers import Conv2dSame
from torch import nn

from refinenet_mmseg.deployment.exportable_layers import make_exportable


@pytest.mark.parametrize('size', SIZES)
@pytest.mark.parametrize('pooled', [2, 3, 6, (1, 4)])
def test_adaptive_average_pooling(size, pooled):
    check_replacement(nn.AdaptiveAvgPool2d(pooled), torch.randn(2, 5, *size))


@pytest.mark.parametrize('size', SIZES)
@pytest.mark.parametrize(
    ('kernel', 'stride', 'dilation'), [(3, 2, 1), (5, 1, 2), (2, 3, 1)]
)
def test_adaptive_padding(size, kernel, stride, dilation):
    x = torch.randn(2, 4, *size)
    for where in ('same', 'corner'):
        check_replacement(AdaptivePadding(kernel, stride, dilation, where), x)


@pytest.mark.parametrize('size', SIZES)
@pytest.mark.parametrize(
    ('kernel', 'stride', 'groups'),
    [(3, 2, 1), (5, 2, 4), (1, 1, 1), (1, 2, 2)],
)
@pytest.mark.parametrize('layer', [Conv2dAdaptivePadding, Conv2dSame])
def test_convolutions_with_adaptive_padding(
    layer, size, kernel, stride, groups
):
    conv = layer(4, 8, kernel, stride, groups=groups)
    check_replacement(conv.requires_grad_(False), torch.randn(2, 4, *size))


@pytest.mark.parametrize('size', SIZES)
def test_upsampling_by_an_integer_factor(size):
    layer = Upsample(scale_factor=2, mode='bilinear', align_corners=False)
    check_replacement(layer, torch.randn(1, 4, *size))


def test_layers_that_export_as_they_are_stay():
    for layer in (
        nn.AdaptiveAvgPool2d(1),
        nn.AdaptiveAvgPool2d((None, 3)),
        Upsample(scale_factor=1.5),
    ):
        assert make_exportable(layer) is layer

"""What is written anew computes what it replaces, at any size."""

import pytest
import torch
from mmcv.cnn.bricks.conv2d_adaptive_padding import Conv2dAdaptivePadding
from mmseg.models.backbones.swin import ShiftWindowMSA
from mmseg.models.utils import Upsample
from mmseg.models.utils.embed import AdaptivePadding, PatchMerging
from torch import nn

from refinenet_mmseg.deployment.rewriting import rewrite_for_export

SIZES = [(7, 7), (8, 13), (21, 6), (1, 30), (33, 47)]


def assert_same(layer, *inputs):
    rewritten = rewrite_for_export(layer)
    assert type(rewritten) is not type(layer)
    expected, computed = layer(*inputs), rewritten(*inputs)
    if isinstance(expected, tuple):
        assert computed[1] == tuple(expected[1])
        expected, computed = expected[0], computed[0]
    torch.testing.assert_close(computed, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize('size', SIZES)
@pytest.mark.parametrize('pooled', [2, 3, 6, (1, 4)])
def test_adaptive_average_pooling(size, pooled):
    assert_same(nn.AdaptiveAvgPool2d(pooled), torch.randn(2, 5, *size))


@pytest.mark.parametrize('size', SIZES)
@pytest.mark.parametrize(
    ('kernel', 'stride', 'dilation'), [(3, 2, 1), (5, 1, 2), (2, 3, 1)]
)
def test_adaptive_padding(size, kernel, stride, dilation):
    x = torch.randn(2, 4, *size)
    for where in ('same', 'corner'):
        assert_same(AdaptivePadding(kernel, stride, dilation, where), x)


@pytest.mark.parametrize('size', SIZES)
@pytest.mark.parametrize(
    ('kernel', 'stride', 'groups'),
    [(3, 2, 1), (5, 2, 4), (1, 1, 1), (1, 2, 2)],
)
def test_convolutions_with_adaptive_padding(size, kernel, stride, groups):
    conv = Conv2dAdaptivePadding(4, 8, kernel, stride, groups=groups)
    assert_same(conv.requires_grad_(False), torch.randn(2, 4, *size))


@pytest.mark.parametrize('size', SIZES)
def test_enlarging_by_a_whole_number(size):
    layer = Upsample(scale_factor=2, mode='bilinear', align_corners=False)
    assert_same(layer, torch.randn(1, 4, *size))


@pytest.mark.parametrize('size', SIZES)
@pytest.mark.parametrize('shift', [0, 2])
def test_window_attention(size, shift):
    layer = ShiftWindowMSA(8, num_heads=2, window_size=5, shift_size=shift)
    nn.init.normal_(layer.w_msa.relative_position_bias_table)
    layer = layer.eval().requires_grad_(False)
    assert_same(layer, torch.randn(2, size[0] * size[1], 8), size)


@pytest.mark.parametrize('size', SIZES)
def test_merging_of_patches(size):
    layer = PatchMerging(4, 8).requires_grad_(False)
    nn.init.normal_(layer.norm.weight)
    assert_same(layer, torch.randn(2, size[0] * size[1], 4), size)


def test_what_needs_no_other_form_stays():
    for layer in (
        nn.AdaptiveAvgPool2d(1),
        nn.AdaptiveAvgPool2d((None, 3)),
        Upsample(scale_factor=1.5),
        PatchMerging(4, 8, kernel_size=3, stride=2),
    ):
        assert rewrite_for_export(layer) is layer

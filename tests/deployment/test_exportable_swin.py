"""Replacements of Swin's layers compute the same, at any size."""

import pytest
import torch
from mmseg.models.backbones.swin import ShiftWindowMSA
from mmseg.models.utils.embed import PatchMerging
from support.exported_networks import SIZES, check_replacement
from torch import nn

from refinenet_mmseg.deployment.exportable_layers import make_exportable


@pytest.mark.parametrize('size', SIZES)
@pytest.mark.parametrize('shift', [0, 2])
def test_window_attention(size, shift):
    layer = ShiftWindowMSA(8, num_heads=2, window_size=5, shift_size=shift)
    nn.init.normal_(layer.w_msa.relative_position_bias_table)
    layer = layer.eval().requires_grad_(False)
    check_replacement(layer, torch.randn(2, size[0] * size[1], 8), size)


@pytest.mark.parametrize('size', SIZES)
def test_merging_of_patches(size):
    layer = PatchMerging(4, 8).requires_grad_(False)
    nn.init.normal_(layer.norm.weight)
    check_replacement(layer, torch.randn(2, size[0] * size[1], 4), size)


def test_overlapping_patches_stay():
    layer = PatchMerging(4, 8, kernel_size=3, stride=2)
    assert make_exportable(layer) is layer

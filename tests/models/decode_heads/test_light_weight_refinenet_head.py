import torch
from support.heads import SIZES, build_head, features
from torch import nn

from refinenet_mmseg.models import RefineNetHead, ResidualConvUnit


def test_is_the_same_head_with_1x1_kernels_and_no_units():
    light = build_head('LightWeightRefineNetHead')
    plain = build_head(kernel_size=1, unit=None, dropout_ratio=0.0)
    assert isinstance(light, RefineNetHead)
    plain.load_state_dict(light.state_dict())
    inputs = features()
    light.eval()
    plain.eval()
    torch.testing.assert_close(light(inputs), plain(inputs))


def test_only_the_classifier_is_3x3():
    head = build_head('LightWeightRefineNetHead')
    sizes = {
        name: module.kernel_size
        for name, module in head.named_modules()
        if isinstance(module, nn.Conv2d)
    }
    assert sizes.pop('conv_seg') == (3, 3)
    assert set(sizes.values()) == {(1, 1)}
    assert not any(isinstance(m, ResidualConvUnit) for m in head.modules())
    assert head.dropout is None


def test_units_can_be_put_back():
    head = build_head(
        'LightWeightRefineNetHead', unit=dict(type='ResidualConvUnit')
    )
    assert head.blocks[0].output[0].conv1.kernel_size == (1, 1)
    assert head(features()).shape[2:] == SIZES[0]

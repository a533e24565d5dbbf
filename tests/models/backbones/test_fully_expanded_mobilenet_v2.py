import pytest
import torch
from mmseg.registry import MODELS


def build(training=False, **arguments):
    backbone = MODELS.build(
        dict(
            type='FullyExpandedMobileNetV2',
            norm_cfg=dict(type='BN'),
            **arguments,
        )
    )
    backbone.train(training)  # mmseg's returns nothing
    return backbone


def test_first_block_expands_and_the_rest_is_mmsegs():
    plain = MODELS.build(dict(type='MobileNetV2')).state_dict()
    names = build().state_dict()
    expansion = [name for name in names if 'layer1.0.conv.0.' in name]
    assert names['layer1.0.conv.0.conv.weight'].shape == (32, 32, 1, 1)
    assert names['layer1.0.conv.1.conv.weight'].shape == (32, 1, 3, 3)
    assert len(names) == len(plain) + 6
    assert len(expansion) == 6


def test_levels_are_those_of_mmsegs_backbone():
    image = torch.randn(1, 3, 64, 49)
    levels = build(out_indices=(1, 2, 3, 4, 5, 6))(image)
    assert [level.shape[1] for level in levels] == [24, 32, 64, 96, 160, 320]
    assert [level.shape[2] for level in levels] == [16, 8, 4, 4, 2, 2]


def test_expansion_is_used():
    backbone = build()
    image = torch.randn(1, 3, 32, 32)
    before = backbone(image)[0]
    torch.nn.init.zeros_(backbone.layer1[0].conv[0].conv.weight)
    assert not torch.allclose(backbone(image)[0], before)


@pytest.mark.parametrize('frozen', [0, 1])
def test_frozen_stages_freeze_it(frozen):
    backbone = build(training=True, frozen_stages=frozen)
    expansion = backbone.layer1[0].conv[0].conv.weight
    assert expansion.requires_grad == (frozen < 1)
    assert backbone.layer1[0].conv[0].bn.training == (frozen < 1)

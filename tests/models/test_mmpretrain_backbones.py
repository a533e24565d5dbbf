"""RefineNet on mmpretrain's backbones, by config alone."""

import pytest
import torch
from mmengine.structures import PixelData
from mmseg.registry import MODELS
from mmseg.structures import SegDataSample

pytest.importorskip('torchvision', reason='mmpretrain needs torchvision')

BACKBONES = {
    'ConvNeXt': (
        dict(
            type='mmpretrain.ConvNeXt',
            arch=dict(depths=[1, 1, 1, 1], channels=[8, 16, 24, 32]),
            out_indices=[0, 1, 2, 3],
            gap_before_final_norm=False,
        ),
        [8, 16, 24, 32],
    ),
    'ResNet': (
        dict(
            type='mmpretrain.ResNet',
            depth=18,
            stem_channels=8,
            base_channels=8,
            out_indices=(0, 1, 2, 3),
            style='pytorch',
        ),
        [8, 16, 32, 64],
    ),
}


@pytest.mark.parametrize('head', ['RefineNetHead', 'LightWeightRefineNetHead'])
@pytest.mark.parametrize('name', BACKBONES)
def test_trains_a_step(name, head):
    import mmpretrain.models  # noqa: F401, registers them

    backbone, channels = BACKBONES[name]
    model = MODELS.build(
        dict(
            type='EncoderDecoder',
            backbone=backbone,
            decode_head=dict(
                type=head,
                in_channels=channels,
                channels=8,
                num_classes=3,
                align_corners=False,
                init_cfg=None,
            ),
        )
    )
    sample = SegDataSample(
        gt_sem_seg=PixelData(data=torch.randint(3, (1, 64, 64)))
    )
    loss = model.loss(torch.randn(2, 3, 64, 64), [sample, sample])
    loss['decode.loss_ce'].backward()
    without = [
        name
        for name, parameter in model.named_parameters()
        if parameter.grad is None
    ]
    assert without == []

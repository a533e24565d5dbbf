"""The heads in mmseg's segmentors, on backbones of mmseg and mmpretrain."""

import functools

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from mmengine.config import ConfigDict
from mmengine.registry import init_default_scope
from mmengine.structures import PixelData
from mmseg.registry import MODELS
from mmseg.structures import SegDataSample
from support.heads import HEADS

BACKBONE = dict(
    type='ResNet',
    depth=18,
    base_channels=8,
    norm_cfg=dict(type='BN'),
    style='pytorch',
)
HEAD = dict(
    type='LightWeightRefineNetHead',
    in_channels=[8, 16, 32, 64],
    channels=16,
    num_classes=4,
)


def build(**arguments):
    config = dict(
        type='EncoderDecoder',
        data_preprocessor=dict(
            type='SegDataPreProcessor', size=(64, 64), bgr_to_rgb=True
        ),
        backbone=BACKBONE,
        decode_head=HEAD,
        train_cfg=dict(),
        test_cfg=dict(mode='whole'),
    )
    model = MODELS.build(ConfigDict({**config, **arguments}))
    model.init_weights()
    return model


def batch(height=50, width=41):
    samples = []
    for _ in range(2):
        sample = SegDataSample(
            metainfo=dict(
                img_path='a.png',
                img_shape=(height, width),
                ori_shape=(height, width),
            )
        )
        sample.gt_sem_seg = PixelData(
            data=torch.randint(0, 4, (1, height, width))
        )
        samples.append(sample)
    images = [
        torch.randint(0, 255, (3, height, width), dtype=torch.uint8)
        for _ in samples
    ]
    return dict(inputs=images, data_samples=samples)


def train_step(model):
    data = model.data_preprocessor(batch(), training=True)
    losses = model.loss(data['inputs'], data['data_samples'])
    loss, _ = model.parse_losses(losses)
    loss.backward()
    return losses


def predict(model, **size):
    model.eval()
    with torch.no_grad():
        return model.test_step(batch(**size))


def test_with_an_auxiliary_head():
    model = build(
        auxiliary_head=dict(
            type='FCNHead',
            in_channels=32,
            in_index=2,
            channels=8,
            num_classes=4,
        )
    )
    losses = train_step(model)
    assert {'decode.loss_ce', 'aux.loss_ce'} <= set(losses)


@pytest.mark.parametrize('size', [(33, 47), (64, 64), (7, 5)])
@pytest.mark.parametrize('align_corners', [False, True])
def test_whole_inference_at_odd_sizes(size, align_corners):
    model = build(decode_head=dict(**HEAD, align_corners=align_corners))
    results = predict(model, height=size[0], width=size[1])
    assert results[0].pred_sem_seg.data.shape == (1, *size)
    assert results[0].seg_logits.data.shape == (4, *size)


def test_slide_inference():
    model = build(
        test_cfg=dict(mode='slide', crop_size=(32, 32), stride=(20, 20))
    )
    results = predict(model)
    assert results[0].pred_sem_seg.data.shape == (1, 50, 41)


def test_test_time_augmentation_averages_flips():
    model = build()
    tta = MODELS.build(dict(type='SegTTAModel', module=model))
    data = batch()
    flipped = dict(
        inputs=[image.flip(-1) for image in data['inputs']],
        data_samples=[],
    )
    for sample in data['data_samples']:
        sample.set_metainfo(dict(flip=False, flip_direction=None))
        other = sample.clone()
        other.set_metainfo(dict(flip=True, flip_direction='horizontal'))
        flipped['data_samples'].append(other)
    model.eval()
    with torch.no_grad():
        merged = tta.test_step(
            dict(
                inputs=[data['inputs'], flipped['inputs']],
                data_samples=[data['data_samples'], flipped['data_samples']],
            )
        )
    assert merged[0].pred_sem_seg.data.shape == (1, 50, 41)


def test_as_stage_0_of_a_cascade():
    model = build(
        type='CascadeEncoderDecoder',
        num_stages=2,
        decode_head=[
            HEAD,
            dict(
                type='OCRHead',
                in_channels=[8, 16, 32, 64],
                in_index=[0, 1, 2, 3],
                input_transform='resize_concat',
                channels=16,
                ocr_channels=8,
                num_classes=4,
                norm_cfg=dict(type='BN'),
            ),
        ],
    )
    losses = train_step(model)
    assert {'decode_0.loss_ce', 'decode_1.loss_ce'} <= set(losses)
    assert predict(model)[0].pred_sem_seg.data.shape == (1, 50, 41)


def test_as_the_kernel_generator_of_k_net():
    update = dict(
        type='KernelUpdateHead',
        num_classes=4,
        num_heads=2,
        num_mask_fcs=1,
        feedforward_channels=16,
        in_channels=16,
        out_channels=16,
        dropout=0.0,
        conv_kernel_size=1,
        ffn_act_cfg=dict(type='ReLU', inplace=True),
        with_ffn=True,
        feat_transform_cfg=dict(conv_cfg=dict(type='Conv2d'), act_cfg=None),
        kernel_updator_cfg=dict(
            type='KernelUpdator',
            in_channels=16,
            feat_channels=16,
            out_channels=16,
            act_cfg=dict(type='ReLU', inplace=True),
            norm_cfg=dict(type='LN'),
        ),
    )
    model = build(
        decode_head=dict(
            type='IterativeDecodeHead',
            num_stages=1,
            kernel_update_head=[update],
            kernel_generate_head=dict(**HEAD, classifier_kernel_size=1),
        )
    )
    assert 'decode.loss_ce.s1' in train_step(model)
    assert predict(model)[0].pred_sem_seg.data.shape == (1, 50, 41)


EDGES = st.integers(1, 90)


@functools.cache
def any_size_segmentor(head):
    init_default_scope('mmseg')
    torch.manual_seed(0)
    config = dict(
        type='EncoderDecoder',
        data_preprocessor=dict(type='SegDataPreProcessor'),
        backbone=dict(
            type='ResNet', depth=18, base_channels=4, norm_cfg=dict(type='BN')
        ),
        decode_head=dict(
            type=head,
            in_channels=[4, 8, 16, 32],
            channels=4,
            num_classes=3,
            init_cfg=None,
        ),
        test_cfg=dict(mode='whole'),
    )
    return MODELS.build(ConfigDict(config)).eval()


def check_size(head, height, width):
    image = torch.randint(0, 256, (3, height, width), dtype=torch.uint8)
    before = image.clone()
    with torch.no_grad():
        (result,) = any_size_segmentor(head).test_step(dict(inputs=[image]))
    assert result.seg_logits.data.shape == (3, height, width)
    assert result.seg_logits.data.isfinite().all()
    assert result.pred_sem_seg.data.shape == (1, height, width)
    assert torch.equal(image, before)


@given(st.sampled_from(HEADS), EDGES, EDGES)
@settings(max_examples=15, deadline=None)
def test_any_size_of_image(head, height, width):
    check_size(head, height, width)


@pytest.mark.reliability
@given(st.sampled_from(HEADS), EDGES, EDGES)
@settings(max_examples=500, deadline=None)
def test_many_sizes_of_images(head, height, width):
    check_size(head, height, width)


MMPRETRAIN_BACKBONES = {
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


@pytest.mark.parametrize('head', HEADS)
@pytest.mark.parametrize('name', MMPRETRAIN_BACKBONES)
def test_mmpretrain_backbones_train_a_step(name, head):
    pytest.importorskip('torchvision', reason='mmpretrain needs torchvision')
    import mmpretrain.models  # noqa: F401, registers them

    backbone, channels = MMPRETRAIN_BACKBONES[name]
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

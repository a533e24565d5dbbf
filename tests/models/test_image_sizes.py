"""Segmentors with images of any size."""

import functools

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from mmengine.config import ConfigDict
from mmengine.registry import init_default_scope
from mmseg.registry import MODELS

EDGES = st.integers(1, 90)


@functools.cache
def segmentor(head):
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


def check(head, height, width):
    image = torch.randint(0, 256, (3, height, width), dtype=torch.uint8)
    before = image.clone()
    with torch.no_grad():
        (result,) = segmentor(head).test_step(dict(inputs=[image]))
    assert result.seg_logits.data.shape == (3, height, width)
    assert result.seg_logits.data.isfinite().all()
    assert result.pred_sem_seg.data.shape == (1, height, width)
    assert torch.equal(image, before)


HEADS = st.sampled_from(['RefineNetHead', 'LightWeightRefineNetHead'])


@given(HEADS, EDGES, EDGES)
@settings(max_examples=15, deadline=None)
def test_any_size_of_image(head, height, width):
    check(head, height, width)


@pytest.mark.reliability
@given(HEADS, EDGES, EDGES)
@settings(max_examples=500, deadline=None)
def test_many_sizes_of_images(head, height, width):
    check(head, height, width)

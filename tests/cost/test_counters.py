import pytest
import torch
from mmengine.config import Config
from torch import nn

from refinenet_mmseg import config_path
from refinenet_mmseg.cost.counters import (
    ActivationMemoryCounter,
    count_multiply_adds,
    count_parameters,
)
from refinenet_mmseg.cost.workload import build_model
from refinenet_mmseg.models import RefineNetBlock


@pytest.mark.parametrize(
    ('name', 'parameters', 'multiply_adds'),
    [
        ('refinenet_r50', 99.06, 243.5),
        ('light_weight_refinenet_r101', 46.35, 51.4),
    ],
)
def test_counts_are_the_published_ones(name, parameters, multiply_adds):
    with torch.device('meta'):
        model = build_model(config_path(f'_base_/models/{name}.py'))
        counts = count_multiply_adds(model, (512, 512))
    assert counts['total'] / 1e9 == pytest.approx(multiply_adds, rel=0.01)
    assert counts['total'] == counts['backbone'] + counts['decode_head']
    counts = count_parameters(model)
    assert round(counts['total'] / 1e6, 2) == parameters
    assert counts['total'] == counts['backbone'] + counts['decode_head']


def test_a_depthwise_pooling_is_counted_as_scales_of_channels():
    name = '_base_/models/light_weight_refinenet_r50.py'
    config = Config.fromfile(config_path(name))
    config.model.decode_head.pooling = [{}, {}, {}, dict(depthwise=True)]
    with torch.device('meta'):
        dense = build_model(config_path(name))
        depthwise = build_model(config)
        counts = [count_multiply_adds(m, (64, 96)) for m in (dense, depthwise)]
    # The finest block has 4 convolutions of 256 channels at stride 4.
    removed = 4 * (256 * 256 - 256)
    assert counts[0]['decode_head'] - counts[1]['decode_head'] == (
        removed * 16 * 24
    )
    sizes = [count_parameters(m)['decode_head'] for m in (dense, depthwise)]
    assert sizes[0] - sizes[1] == removed


def test_each_kept_storage_counts_once_and_weights_do_not():
    model = nn.Sequential(nn.Conv2d(2, 4, 3, padding=1), nn.ReLU())
    x = torch.randn(1, 2, 8, 8, requires_grad=True)
    with ActivationMemoryCounter(model) as saved:
        y = model(x)
        y * x[:, :1]
    # the convolution's input, of which a part is kept again, and its output
    assert saved.bytes == 4 * (x.numel() + y.numel())


def test_casts_of_weights_do_not_count():
    model = nn.Conv2d(2, 4, 3, padding=1)
    x = torch.randn(1, 2, 8, 8)
    with (
        ActivationMemoryCounter(model) as saved,
        torch.autocast('cpu', torch.bfloat16),
    ):
        model(x)
    assert saved.bytes == 2 * x.numel()


def test_features_of_a_weights_shape_count():
    model = nn.Linear(4, 4, bias=False)
    x = torch.randn(4, 4)
    with ActivationMemoryCounter(model) as saved:
        model(x)
    assert saved.bytes == 4 * x.numel()


def test_inputs_of_checkpointed_blocks_count():
    block = RefineNetBlock([2, 2], 2, with_cp=True)
    paths = [torch.randn(1, 2, 8, 8, requires_grad=True) for _ in range(2)]
    previous = torch.randn(1, 2, 4, 4, requires_grad=True)
    with ActivationMemoryCounter(block) as saved:
        block(paths, previous)
    assert saved.bytes == 4 * (2 * 2 * 64 + 2 * 16)


HEAD = dict(
    type='FCNHead',
    in_channels=16,
    channels=4,
    in_index=1,
    num_classes=2,
    num_convs=1,
)
NECK = dict(
    type='FPN', in_channels=[8, 16, 32, 64], out_channels=16, num_outs=4
)
REFINING = dict(
    type='OCRHead',
    in_channels=16,
    channels=4,
    in_index=1,
    num_classes=2,
    ocr_channels=4,
)


def build(**parts):
    backbone = dict(type='ResNet', depth=18, base_channels=8, stem_channels=8)
    model = dict(type='EncoderDecoder', backbone=backbone, decode_head=HEAD)
    return build_model(Config(dict(model={**model, **parts})))


@pytest.mark.parametrize(
    'parts',
    [
        dict(neck=NECK),
        dict(
            type='CascadeEncoderDecoder',
            num_stages=2,
            decode_head=[HEAD, REFINING],
        ),
    ],
    ids=['neck', 'cascade'],
)
def test_necks_and_cascades_are_counted(parts):
    plain, model = build(), build(**parts)
    for count in (
        count_parameters,
        lambda model: count_multiply_adds(model, (64, 64)),
    ):
        before, after = count(plain), count(model)
        grown = 'backbone' if 'neck' in parts else 'decode_head'
        assert after[grown] > before[grown]
        assert after['total'] == after['backbone'] + after['decode_head']

"""The compared networks differ in their heads alone."""

import copy
import re
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.model import revert_sync_batchnorm
from mmseg.registry import MODELS
from support.config_networks import on_meta_device, train_a_step

from refinenet_mmseg import config_path

HEADS = {
    'fcn': 'FCNHead',
    'pspnet': 'PSPHead',
    'deeplabv3plus': 'DepthwiseSeparableASPPHead',
    'upernet': 'UPerHead',
    'fpn': 'FPNHead',
    'segformer': 'SegformerHead',
    'refinenet': 'RefineNetHead',
    'light_weight_refinenet': 'LightWeightRefineNetHead',
}
# Heads of the deepest level alone have it at stride 8, as they are published.
ON_STRIDE_8 = {'fcn', 'pspnet', 'deeplabv3plus'}
ROOT = Path(config_path('_base_/default_runtime.py')).parents[1]
FOLDER = ROOT / 'comparison'
DATA = {
    'camvid': '1xb4-10k_camvid-360x480',
    'shapes': '1xb8-1k_shapes-160x160',
    'camvid_crops': '1xb4-1k_camvid-192x256',
}
EVERY = [
    (backbone, data)
    for backbone in ('r18', 'r50')
    for data in DATA
    if (backbone, data) != ('r50', 'camvid_crops')
]


def load(head, backbone, data):
    name = f'{head}_{backbone}-comparison_{DATA[data]}.py'
    return Config.fromfile(FOLDER / name)


def shared_part(config):
    """Return all but the head, its neck and the backbone's strides."""
    content = copy.deepcopy(config.to_dict())
    model = content['model']
    head = model.pop('decode_head')
    model.pop('neck', None)
    for key in ('strides', 'dilations'):
        model['backbone'].pop(key, None)
    return content, {
        key: head[key]
        for key in ('num_classes', 'align_corners', 'loss_decode')
    }


def test_every_head_on_every_backbone_and_data_set():
    expected = {
        f'{head}_{backbone}-comparison_{DATA[data]}.py'
        for head in HEADS
        for backbone, data in EVERY
    }
    assert {path.name for path in FOLDER.glob('*.py')} == expected


def test_names_are_not_those_of_other_configs():
    # mim finds a config by its name alone
    names = [
        path.name
        for path in ROOT.glob('*/*.py')
        if path.parent.name != '_base_'
    ]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(('backbone', 'data'), EVERY)
def test_only_the_head_differs(backbone, data):
    reference = shared_part(load('refinenet', backbone, data))
    parameters = set()
    for head, head_type in HEADS.items():
        config = load(head, backbone, data)
        assert shared_part(config) == reference
        assert config.model.decode_head.type == head_type
        assert 'auxiliary_head' not in config.model
        assert config.model.backbone.depth == int(backbone[1:])
        dilated = config.model.backbone.get('dilations') is not None
        assert dilated == (head in ON_STRIDE_8)
        model = on_meta_device(config.model)
        parameters.add(
            sum(weight.numel() for weight in model.backbone.parameters())
        )
    assert len(parameters) == 1


@pytest.mark.parametrize('data', ['camvid', 'shapes'])
def test_backbones_differ_in_depth_and_widths(data):
    for head in HEADS:
        small, large = load(head, 'r18', data), load(head, 'r50', data)
        for config in (small, large):
            content, _ = shared_part(config)
            config.training = {
                key: value
                for key, value in content.items()
                if key.endswith(('dataloader', 'wrapper', 'scheduler', 'cfg'))
            }
        assert small.training == large.training


@pytest.mark.parametrize('head', HEADS)
def test_trains_a_step(head):
    config = load(head, 'r18', 'shapes')
    torch.manual_seed(0)
    train_a_step(config)


def test_a_leaf_names_only_its_head():
    for path in FOLDER.glob('*.py'):
        text = path.read_text()
        assert len(text.splitlines()) < 15
        keys = set(re.findall(r'^    (\w+)=', text, re.MULTILINE))
        assert keys <= {'backbone', 'neck', 'decode_head'}
        assert len(re.findall(r"type='", text)) == 1


def test_starts_from_a_checkpoint_path(tmp_path):
    torch.manual_seed(0)
    config = load('segformer', 'r18', 'shapes')
    weights = revert_sync_batchnorm(MODELS.build(config.model)).backbone
    torch.save(weights.state_dict(), tmp_path / 'backbone.pth')
    config.merge_from_dict(
        {
            'model.backbone.init_cfg.type': 'Pretrained',
            'model.backbone.init_cfg.checkpoint': str(
                tmp_path / 'backbone.pth'
            ),
        }
    )
    model = revert_sync_batchnorm(MODELS.build(config.model))
    model.init_weights()
    for name, weight in weights.state_dict().items():
        assert torch.equal(model.backbone.state_dict()[name], weight)

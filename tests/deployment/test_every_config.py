"""Every network of the configs at full size: many minutes."""

import re
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from mmengine.config import Config
from mmengine.model import revert_sync_batchnorm
from mmengine.registry import init_default_scope
from mmseg.registry import MODELS
from support.exported_networks import plain_logits

from refinenet_mmseg import config_path
from refinenet_mmseg.deployment import ExportOptions
from refinenet_mmseg.deployment.export import trace
from refinenet_mmseg.deployment.exportable_segmentor import ExportableSegmentor
from refinenet_mmseg.deployment.onnx_export import convert_to_onnx

ROOT = Path(config_path('_base_/default_runtime.py')).parents[1]
TRACED = (264, 328)
SHAPES = [
    (1, 264, 328),
    (3, 240, 256),
    (1, 301, 233),
    (1, 225, 353),
    (1, 289, 224),
]


def list_networks():
    """Name one config of each network, whatever its data set."""
    found = {}
    for folder in ('refinenet', 'comparison'):
        for path in sorted((ROOT / folder).glob('*.py')):
            network, schedule = re.split(r'_\d+xb\d+-', path.stem)
            # The paper's networks read the image at 1.2 times its size.
            key = (network, schedule.startswith('paper'))
            found.setdefault(key, f'{folder}/{path.stem}')
    return list(found.values())


@pytest.mark.full_size
@pytest.mark.parametrize('network', list_networks())
def test_every_network_exports(network):
    config = Config.fromfile(ROOT / f'{network}.py')
    init_default_scope('mmseg')
    config.model.backbone['init_cfg'] = None
    model = revert_sync_batchnorm(MODELS.build(config.model)).eval()
    options = ExportOptions(dynamic=True, shape=TRACED)
    traced = trace(ExportableSegmentor(model, options))
    module = traced.module()
    session = onnxruntime.InferenceSession(
        convert_to_onnx(traced, options).SerializeToString()
    )
    for number, height, width in SHAPES:
        images = torch.randn(number, 3, height, width)
        expected = plain_logits(model, images)
        allowed = 1e-4 * max(1, expected.abs().max())
        (computed,) = session.run(None, {'images': images.numpy()})
        assert np.abs(computed - expected.numpy()).max() < allowed
        assert (module(images) - expected).abs().max() < allowed
        labels = expected.argmax(1).numpy()
        assert (computed.argmax(1) == labels).mean() >= 0.999

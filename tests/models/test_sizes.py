"""Parameters and multiply-adds of the published networks."""

import pytest
import torch
from mmengine.config import Config
from mmseg.registry import MODELS
from torch.utils.flop_counter import FlopCounterMode

from refinenet_mmseg import config_path

# 21 classes, 4 pooling stages, 512x512: millions and thousand millions. The
# multiply-adds of MobileNet-v2, and its parameters without the published
# network's additional convolution, are counted here, not published.
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


@pytest.mark.parametrize('name', PUBLISHED)
def test_parameters_and_multiply_adds(name):
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

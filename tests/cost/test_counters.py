import pytest
import torch
from torch import nn

from refinenet_mmseg import config_path
from refinenet_mmseg.cost.counters import (
    SavedForBackward,
    count_multiply_adds,
    count_parameters,
)
from refinenet_mmseg.cost.subject import build_model


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


def test_each_kept_storage_counts_once_and_weights_do_not():
    model = nn.Sequential(nn.Conv2d(2, 4, 3, padding=1), nn.ReLU())
    x = torch.randn(1, 2, 8, 8, requires_grad=True)
    with SavedForBackward(model) as saved:
        y = model(x)
        y * x[:, :1]
    # the convolution's input, of which a part is kept again, and its output
    assert saved.bytes == 4 * (x.numel() + y.numel())


def test_casts_of_weights_do_not_count():
    model = nn.Conv2d(2, 4, 3, padding=1)
    x = torch.randn(1, 2, 8, 8)
    with (
        SavedForBackward(model) as saved,
        torch.autocast('cpu', torch.bfloat16),
    ):
        model(x)
    assert saved.bytes == 2 * x.numel()

import pytest
import torch
from mmcv.cnn.bricks import Conv2dAdaptivePadding
from torch import nn
from torch.utils.checkpoint import checkpoint

from refinenet_mmseg.cost.lower_bound import (
    make_lower_bound,
    record_convolutions,
)
from refinenet_mmseg.cost.workload import BenchmarkOptions


@pytest.fixture
def model():
    return nn.Sequential(
        nn.Conv2d(3, 4, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.Conv2d(4, 4, 3, padding=2, dilation=2, groups=4, bias=False),
    )


def test_every_call_is_recorded_in_order(model):
    calls = record_convolutions(model, lambda: model(torch.ones(1, 3, 9, 8)))
    assert [call.module for call in calls] == [model[0], model[2]]
    assert [call.in_shape for call in calls] == [(1, 3, 9, 8), (1, 4, 5, 4)]
    assert [call.out_shape for call in calls] == [(1, 4, 5, 4)] * 2
    assert [call.needs_input_gradient for call in calls] == [False, True]
    # and the model is as before
    assert not model[0]._forward_hooks


def test_recomputed_convolutions_are_not_recorded(model):
    images = torch.ones(1, 3, 9, 8, requires_grad=True)

    def run():
        checkpoint(model, images, use_reentrant=False).sum().backward()

    calls = record_convolutions(model, run)
    assert [call.module for call in calls] == [model[0], model[2]]


def test_convolutions_that_pad_by_themselves():
    model = Conv2dAdaptivePadding(3, 4, 3, stride=2)
    images = torch.ones(1, 3, 9, 8)
    calls = record_convolutions(model, lambda: model(images))
    make_lower_bound(calls, BenchmarkOptions(mode='train'))()
    assert calls[0].out_shape == (1, 4, 5, 4)


@pytest.mark.parametrize('mode', ['inference', 'train'])
@pytest.mark.parametrize('dtype', ['fp32', 'bf16'])
def test_only_convolutions_are_computed(model, mode, dtype):
    images = torch.ones(1, 3, 9, 8)
    calls = record_convolutions(model, lambda: model(images))
    floor = make_lower_bound(calls, BenchmarkOptions(mode=mode, dtype=dtype))
    with torch.profiler.profile(record_shapes=True) as profile:
        floor()
    counts = {event.key: event.count for event in profile.key_averages()}
    assert counts['aten::conv2d'] == 2
    assert ('aten::convolution_backward' in counts) == (mode == 'train')
    assert 'aten::relu' not in counts
    assert all(weight.grad is None for weight in model.parameters())

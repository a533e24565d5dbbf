from types import SimpleNamespace

import torch
from mmseg.registry import HOOKS
from torch import nn


def test_weights_and_so_activations_become_channels_last():
    model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.Conv2d(8, 8, 3))
    HOOKS.build(dict(type='ChannelsLastHook')).before_run(
        SimpleNamespace(model=model)
    )
    output = model(torch.randn(2, 3, 9, 9))
    layout = dict(memory_format=torch.channels_last)
    assert model[0].weight.is_contiguous(**layout)
    assert output.is_contiguous(**layout)
    assert not output.is_contiguous()

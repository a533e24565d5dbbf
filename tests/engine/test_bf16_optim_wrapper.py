import pytest
import torch
from mmseg.registry import OPTIM_WRAPPERS
from torch import nn

import refinenet_mmseg.engine.bf16_optim_wrapper as module


@pytest.fixture
def build():
    model = nn.Linear(4, 4)
    wrapper = OPTIM_WRAPPERS.build(
        dict(
            type='Bf16OptimWrapper',
            optimizer=torch.optim.SGD(model.parameters(), lr=0.1),
        )
    )
    return model, wrapper


@pytest.mark.parametrize(
    ('supported', 'dtype'), [(True, torch.bfloat16), (False, torch.float32)]
)
def test_computes_in_bf16_where_the_device_does(
    build, monkeypatch, supported, dtype
):
    monkeypatch.setattr(module, 'supports_bf16', lambda _: supported)
    model, wrapper = build
    before = model.weight.clone()
    with wrapper.optim_context(model):
        output = model(torch.randn(2, 4))
    assert output.dtype is dtype
    wrapper.update_params(output.float().sum())
    assert model.weight.dtype is torch.float32
    assert not torch.equal(model.weight, before)


def test_says_once_that_it_runs_in_fp32(build, monkeypatch):
    told = []
    monkeypatch.setattr(module, 'supports_bf16', lambda _: False)
    monkeypatch.setattr(
        module, 'print_log', lambda text, **kwargs: told.append(text)
    )
    model, wrapper = build
    for _ in range(2):
        with wrapper.optim_context(model):
            pass
    assert len(told) == 1
    assert 'fp32' in told[0]

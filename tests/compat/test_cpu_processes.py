"""Two processes on a CPU: see tests/integration for whole trainings."""

import socket

import mmengine.dist.utils
import pytest
import torch
import torch.distributed as dist
from mmengine.model import MMDistributedDataParallel
from torch import nn


@pytest.fixture
def process_group(monkeypatch):
    """A process group of one, started as --launcher pytorch starts it."""
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        port = str(probe.getsockname()[1])
    settings = dict(
        RANK='0',
        LOCAL_RANK='0',
        WORLD_SIZE='1',
        MASTER_ADDR='127.0.0.1',
        MASTER_PORT=port,
    )
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    # init_dist would also set how this process starts others, for good
    mmengine.dist.utils._init_dist_pytorch('nccl')
    yield
    dist.destroy_process_group()


@pytest.mark.skipif(torch.cuda.is_available(), reason='for a machine on CPU')
def test_starts_and_wraps_a_model_with_sync_batch_norm(process_group):
    assert dist.get_backend() == 'gloo'
    model = nn.Sequential(nn.Conv2d(3, 4, 1), nn.SyncBatchNorm(4))
    wrapped = MMDistributedDataParallel(
        module=model, device_ids=[0], broadcast_buffers=False
    )
    output = wrapped(torch.randn(2, 3, 5, 5))
    output.sum().backward()
    kinds = [type(module).__name__ for module in wrapped.module.modules()]
    assert 'SyncBatchNorm' not in kinds


@pytest.mark.skipif(torch.cuda.is_available(), reason='for a machine on CPU')
def test_the_defects_are_there(process_group):
    original = mmengine.dist.utils._init_dist_pytorch.__wrapped__
    with pytest.raises(
        (AttributeError, RuntimeError, AssertionError),
        match=r'_cuda_setDevice|CUDA|NVIDIA',
    ):
        original('gloo')
    # two workarounds, one around the other
    original = MMDistributedDataParallel.__init__.__wrapped__.__wrapped__
    wrapped = MMDistributedDataParallel.__new__(MMDistributedDataParallel)
    with pytest.raises(ValueError, match='device_ids'):
        original(wrapped, module=nn.Linear(1, 1), device_ids=[0])
    batch_norm = nn.SyncBatchNorm(4)
    with pytest.raises(ValueError, match='on GPU'):
        batch_norm(torch.randn(2, 4))

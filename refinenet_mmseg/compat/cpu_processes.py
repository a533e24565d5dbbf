"""Several processes on a machine without an accelerator."""

import functools

import mmengine.dist.utils
import torch
from mmengine.device import get_device
from mmengine.model import MMDistributedDataParallel, revert_sync_batchnorm
from mmengine.runner import Runner
from torch import nn

from .words import words_of


def start_processes_on_cpu() -> None:
    """Start a process group on a machine without an accelerator.

    What: ``--launcher pytorch`` ends in ``torch._C has no attribute
    '_cuda_setDevice'``, whatever the backend in the config.
    Where: mmengine, ``dist/utils.py``, ``_init_dist_pytorch``; seen in 0.10.7
    and in OneDL's 0.10.12.
    Until: mmengine selects a device only where there is one.
    """
    original = getattr(mmengine.dist.utils, '_init_dist_pytorch', None)
    if original is None or 'is_cuda_available' in words_of(original):
        return

    @functools.wraps(original)
    def init_dist_pytorch(backend: str, **kwargs: object) -> None:
        if get_device() != 'cpu' or backend not in ('nccl', 'gloo'):
            original(backend, **kwargs)
            return
        kwargs.pop('init_backend', None)
        torch.distributed.init_process_group(backend='gloo', **kwargs)

    mmengine.dist.utils._init_dist_pytorch = init_dist_pytorch


def drop_device_ids_on_cpu() -> None:
    """Wrap a model for several processes without naming a device.

    What: ``ValueError: DistributedDataParallel device_ids ... should be
    None`` for a model on the CPU.
    Where: mmengine, ``runner/runner.py``, ``wrap_model``; seen in 0.10.7 and
    in OneDL's 0.10.12.
    Until: mmengine passes ``device_ids`` only for a model on a GPU.
    """
    if _runner_looks_for_a_gpu():
        return
    original = MMDistributedDataParallel.__init__

    @functools.wraps(original)
    def init(
        self: MMDistributedDataParallel,
        module: nn.Module,
        *args: object,
        **kwargs: object,
    ) -> None:
        if _is_on_cpu(module):
            kwargs['device_ids'] = None
        original(self, module, *args, **kwargs)

    MMDistributedDataParallel.__init__ = init


def revert_sync_batch_norm_on_cpu() -> None:
    """Replace SyncBN by batch norm in processes on a CPU.

    What: ``SyncBatchNorm expected input tensor to be on GPU``.
    Where: mmengine, ``runner/runner.py``, ``wrap_model``: it reverts SyncBN
    for one process only; seen in 0.10.7 and in OneDL's 0.10.12.
    Until: mmengine reverts SyncBN for any model on the CPU.
    """
    if _runner_looks_for_a_gpu():
        return
    original = MMDistributedDataParallel.__init__

    @functools.wraps(original)
    def init(
        self: MMDistributedDataParallel,
        module: nn.Module,
        *args: object,
        **kwargs: object,
    ) -> None:
        if _is_on_cpu(module):
            module = revert_sync_batchnorm(module)
        original(self, module, *args, **kwargs)

    MMDistributedDataParallel.__init__ = init


def _runner_looks_for_a_gpu() -> bool:
    return 'is_cuda_available' in words_of(Runner.wrap_model)


def _is_on_cpu(module: nn.Module) -> bool:
    return next(module.parameters()).device.type == 'cpu'

"""How a model is trained."""

from typing import Any

import torch
from mmengine.dist import get_world_size
from mmengine.optim import AmpOptimWrapper, OptimWrapper
from mmengine.runner import Runner

from ...devices import device_name, supports_bf16
from .recipe import name_initialisation

# Of a model whose checkpoint tells nothing
UNKNOWN: dict[str, Any] = dict.fromkeys(
    (
        'seed',
        'iterations',
        'training_seconds',
        'batch_size',
        'processes',
        'device',
        'dtype',
        'initialisation',
    )
)


def describe_training(
    runner: Runner, seconds: float | None, before: dict[str, Any] | None
) -> dict[str, Any]:
    """Describe the training that a runner does.

    Args:
        runner: The runner.
        seconds: What it took so far.
        before: What was described before a resume; None where there was
            none.

    Returns:
        The fields of a result about the training; ``iterations`` are those
        of its schedule, of which the checkpoint may be an earlier step.
    """
    device = next(runner.model.parameters()).device.type
    initialisation = name_initialisation(runner.cfg)
    if before is not None:
        initialisation = before['initialisation']
    return dict(
        seed=runner.seed,
        iterations=runner.max_iters,
        training_seconds=None if seconds is None else round(seconds, 1),
        batch_size=runner.train_dataloader.batch_size,
        processes=get_world_size(),
        device=device_name(device),
        dtype=_name_dtype(runner.optim_wrapper, device),
        initialisation=initialisation,
    )


def _name_dtype(optim_wrapper: OptimWrapper, device: str) -> str:
    """Name what the forward pass computes in."""
    if isinstance(optim_wrapper, AmpOptimWrapper):
        # fp16 is what torch takes on a GPU, which this wrapper needs.
        bf16 = optim_wrapper.cast_dtype is torch.bfloat16
        return 'bf16' if bf16 else 'fp16'
    # Bf16OptimWrapper runs in fp32 where the device has no bf16.
    in_bf16 = getattr(optim_wrapper, 'cast_dtype', None) is torch.bfloat16
    return 'bf16' if in_bf16 and supports_bf16(device) else 'fp32'

"""Training and testing: runner, train loop, hooks, optimizer wrapper."""

from .bf16_optim_wrapper import Bf16OptimWrapper
from .hooks import (
    ChannelsLastHook,
    CheckInvalidLabelHook,
    SafeCheckpointHook,
    StopOnNonFiniteLossHook,
)
from .resumable_train_loop import ResumableTrainLoop
from .safe_runner import SafeRunner

__all__ = [
    'Bf16OptimWrapper',
    'ChannelsLastHook',
    'CheckInvalidLabelHook',
    'ResumableTrainLoop',
    'SafeCheckpointHook',
    'SafeRunner',
    'StopOnNonFiniteLossHook',
]

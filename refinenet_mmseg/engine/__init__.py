"""How training and testing run: wrapper, loop, hooks, entry points."""

from .bf16_optim_wrapper import Bf16OptimWrapper
from .hooks import (
    ChannelsLastHook,
    LabelValuesHook,
    SafeCheckpointHook,
    StopOnNonFiniteLossHook,
)
from .resumable_train_loop import ResumableTrainLoop

__all__ = [
    'Bf16OptimWrapper',
    'ChannelsLastHook',
    'LabelValuesHook',
    'ResumableTrainLoop',
    'SafeCheckpointHook',
    'StopOnNonFiniteLossHook',
]

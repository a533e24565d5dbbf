"""Hooks for mmengine's runner."""

from .channels_last_hook import ChannelsLastHook
from .label_values_hook import LabelValuesHook
from .safe_checkpoint_hook import SafeCheckpointHook
from .stop_on_non_finite_loss_hook import StopOnNonFiniteLossHook

__all__ = [
    'ChannelsLastHook',
    'LabelValuesHook',
    'SafeCheckpointHook',
    'StopOnNonFiniteLossHook',
]

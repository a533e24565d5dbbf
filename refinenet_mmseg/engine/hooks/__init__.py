"""Hooks for mmengine's runner."""

from .channels_last_hook import ChannelsLastHook
from .check_invalid_label_hook import CheckInvalidLabelHook
from .safe_checkpoint_hook import SafeCheckpointHook
from .stop_on_non_finite_loss_hook import StopOnNonFiniteLossHook

__all__ = [
    'ChannelsLastHook',
    'CheckInvalidLabelHook',
    'SafeCheckpointHook',
    'StopOnNonFiniteLossHook',
]

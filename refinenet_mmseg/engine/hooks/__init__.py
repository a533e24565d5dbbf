"""Hooks for mmengine's runner."""

from .channels_last_hook import ChannelsLastHook
from .label_values_hook import LabelValuesHook
from .result_hook import ResultHook

__all__ = ['ChannelsLastHook', 'LabelValuesHook', 'ResultHook']

"""Hooks for mmengine's runner."""

from .channels_last_hook import ChannelsLastHook
from .result_hook import ResultHook

__all__ = ['ChannelsLastHook', 'ResultHook']

"""How training and testing run: optimizer wrappers, hooks, entry points."""

from .bf16_optim_wrapper import Bf16OptimWrapper
from .hooks import ChannelsLastHook, LabelValuesHook, ResultHook

__all__ = [
    'Bf16OptimWrapper',
    'ChannelsLastHook',
    'LabelValuesHook',
    'ResultHook',
]

"""Checkpoints as data: mmengine's history, and nothing that runs code."""

import pickle
from collections.abc import Callable
from typing import Any

import torch
from mmengine.logging import HistoryBuffer
from mmengine.runner import checkpoint

from ..harmless_globals import (
    Global,
    allow_globals,
    knows_globals_by_name,
    numpy_array_globals,
)


def allow_history_in_checkpoints() -> None:
    """Let a training go on from its own checkpoint.

    What: ``--resume`` ends in ``WeightsUnpickler error: Unsupported global
    ... HistoryBuffer``: the checkpoint holds the log's history.
    Where: mmengine, ``runner/checkpoint.py``: ``torch.load`` without an
    allowance; seen in 0.10.7 with torch 2.6 and newer. OneDL's mmengine has
    an allowance, see the next function.
    Until: mmengine allows its own history.
    """
    if knows_globals_by_name() and not hasattr(checkpoint, '_safe_torch_load'):
        torch.serialization.add_safe_globals(history_globals())


def keep_loading_safe() -> None:
    """Never let a checkpoint run code.

    What: a malicious pickle is executed. The allowance for the history
    admits ``getattr``, which reaches everything, and what is refused all the
    same is loaded a second time without any guard.
    Where: OneDL's mmengine, ``runner/checkpoint.py``, ``_safe_torch_load``;
    seen in 0.10.12.
    Until: neither is so.
    """
    if not knows_globals_by_name() or not hasattr(
        checkpoint, '_safe_torch_load'
    ):
        return
    original = checkpoint._safe_torch_load

    def load(
        file: Any, map_location: Any = None, weights_only: bool | None = None
    ) -> Any:
        if weights_only is False:  # the caller's own decision
            return original(file, map_location, weights_only)
        try:
            with allow_globals(history_globals()):
                return torch.load(
                    file, map_location=map_location, weights_only=True
                )
        except pickle.UnpicklingError as error:
            raise pickle.UnpicklingError(
                f'{file} holds more than tensors and plain values, which '
                'could run code and is not loaded. If you trust its source, '
                'set REFINENET_MMSEG_COMPAT=0 in the environment, or save '
                f'its state_dict alone. {error}'
            ) from error

    checkpoint._safe_torch_load = load


def history_globals() -> list[Global]:
    """List what rebuilds mmengine's history of the log."""
    return [
        HistoryBuffer,
        (_history_method, 'builtins.getattr'),
        *numpy_array_globals(),
    ]


def _history_method(owner: Any, name: str) -> Callable[..., Any]:
    """Stand in for ``getattr``: a history's public methods and no more."""
    if owner is not HistoryBuffer or name.startswith('_'):
        raise pickle.UnpicklingError(
            f'the attribute {name!r} of {owner!r}, in a checkpoint'
        )
    return getattr(HistoryBuffer, name)

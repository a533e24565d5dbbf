"""Checkpoints as data: mmengine's history, and nothing that runs code."""

import functools
import inspect
import pickle
from pathlib import Path
from typing import Any

import torch
from mmengine.runner import checkpoint
from mmengine.runner.checkpoint import CheckpointLoader

from ..safe_globals import (
    allow_globals,
    history_globals,
    knows_globals_by_name,
)


def allow_history_in_checkpoints() -> None:
    """Let a training go on from its own checkpoint.

    What: ``--resume`` ends in ``WeightsUnpickler error: Unsupported global
    ... HistoryBuffer``: the checkpoint holds the log's history. OneDL's
    mmengine allows it, and with it ``getattr``, which reaches everything.
    Where: mmengine, ``runner/checkpoint.py``; seen in 0.10.7 and in OneDL's
    0.10.12, with torch 2.6 and newer.
    Until: mmengine allows its own history and no more.
    """
    if not knows_globals_by_name():
        return
    original = CheckpointLoader.load_checkpoint.__func__

    @functools.wraps(original)
    def load_checkpoint(
        cls: type[CheckpointLoader], *args: Any, **kwargs: Any
    ) -> Any:
        with allow_globals(history_globals()):
            return original(cls, *args, **kwargs)

    CheckpointLoader.load_checkpoint = classmethod(load_checkpoint)


def never_load_unguarded() -> None:
    """Never load a checkpoint a second time, without any guard.

    What: what the first, guarded loading refused is executed by the second.
    Where: OneDL's mmengine, ``runner/checkpoint.py``, ``_safe_torch_load``;
    seen in 0.10.12.
    Until: there is no second loading.
    """
    original = getattr(checkpoint, '_safe_torch_load', None)
    if original is None or not knows_globals_by_name():
        return

    @functools.wraps(original)
    def load(
        file: Any, map_location: Any = None, weights_only: bool | None = None
    ) -> Any:
        if weights_only is False:  # the caller's own decision
            return original(file, map_location, weights_only)
        return torch.load(file, map_location=map_location, weights_only=True)

    checkpoint._safe_torch_load = load


def name_unreadable_checkpoints() -> None:
    """Say which file could not be read, and why.

    What: a file that is damaged or holds more than data ends in an error of
    torch's that names no file.
    Where: mmengine, ``runner/checkpoint.py``, ``load_checkpoint``; seen in
    0.10.7 and in OneDL's 0.10.12.
    Until: mmengine's error names the file.
    """
    original = CheckpointLoader.load_checkpoint.__func__

    @functools.wraps(original)
    def load_checkpoint(
        cls: type[CheckpointLoader], filename: str, *args: Any, **kwargs: Any
    ) -> Any:
        try:
            return original(cls, filename, *args, **kwargs)
        except pickle.UnpicklingError as error:
            raise pickle.UnpicklingError(
                f'{filename} is damaged, or holds more than tensors and plain '
                'values, which could run code and is not loaded. If you trust '
                'its source, set REFINENET_MMSEG_COMPAT=0 in the environment, '
                f'or save its state_dict alone. {error}'
            ) from error
        except (RuntimeError, EOFError) as error:
            if not Path(filename).is_file():  # a download, explained already
                raise
            raise ValueError(
                f'{filename} is damaged or no checkpoint: {error}'
            ) from error

    CheckpointLoader.load_checkpoint = classmethod(load_checkpoint)


def load_downloads_as_data() -> None:
    """Never let a downloaded checkpoint run code.

    What: a malicious pickle behind an address is executed.
    Where: mmengine, ``runner/checkpoint.py``, ``load_from_http`` and others:
    ``torch.hub``'s loading is unguarded by default; seen in 0.10.7 and in
    OneDL's 0.10.12.
    Until: mmengine asks for weights only.
    """
    original = getattr(checkpoint, 'load_url', None)
    if original is None or not knows_globals_by_name():
        return
    if inspect.signature(original).parameters['weights_only'].default:
        return

    @functools.wraps(original)
    def load_url(*args: Any, **kwargs: Any) -> Any:
        kwargs.setdefault('weights_only', True)
        return original(*args, **kwargs)

    checkpoint.load_url = load_url

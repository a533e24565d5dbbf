"""Checkpoints of another network."""

import functools
from collections.abc import Mapping
from typing import Any

from mmengine.runner import checkpoint
from torch import nn

WRAPPER = 'module.'


def refuse_foreign_weights() -> None:
    """Never start from a checkpoint none of whose weights fits.

    What: ``load_from`` or ``init_cfg.checkpoint`` with the weights of another
    network leaves all weights at random, with no more than a warning.
    Where: mmengine, ``runner/checkpoint.py``, ``load_state_dict``; seen in
    0.10.7 and in OneDL's 0.10.12.
    Until: mmengine refuses it.
    """
    original = checkpoint.load_state_dict

    @functools.wraps(original)
    def load_state_dict(
        module: nn.Module, state_dict: Mapping, *args: Any, **kwargs: Any
    ) -> None:
        _check_any_fits(module, state_dict)
        original(module, state_dict, *args, **kwargs)

    checkpoint.load_state_dict = load_state_dict


def _check_any_fits(module: nn.Module, weights: Mapping) -> None:
    # A network may be wrapped, or its weights be saved with the wrapper.
    own = {
        name.removeprefix(WRAPPER): parameter.shape
        for name, parameter in module.named_parameters()
    }
    given = {
        name.removeprefix(WRAPPER): getattr(weight, 'shape', None)
        for name, weight in weights.items()
    }
    if not own or own.items() & given.items():
        return
    # Some networks rename weights only while they are loaded, such as
    # mmpretrain's TimmClassifier.
    if any(part._load_state_dict_pre_hooks for part in module.modules()):
        return
    raise ValueError(
        f'no weight of the checkpoint fits {type(module).__name__}: the one '
        f'has {next(iter(given), "nothing")}, ..., the other '
        f'{next(iter(own))}, ... . It is of another network: correct '
        'load_from or init_cfg.checkpoint (or its prefix)'
    )

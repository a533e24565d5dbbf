"""mmseg's cross entropy with weights of classes beside ignored pixels."""

import functools
import importlib
from typing import Any

import torch
from torch import Tensor


def _fails(cross_entropy: Any) -> bool:
    scores = torch.zeros(1, 2, 1, 2)
    labels = torch.tensor([[[0, 255]]])
    try:
        cross_entropy(
            scores,
            labels,
            class_weight=torch.ones(2),
            ignore_index=255,
            avg_non_ignore=True,
        )
    except IndexError:
        return True
    return False


def average_over_weighted_pixels() -> None:
    """Let a loss have ``class_weight`` where pixels are ignored.

    What: the mean over pixels looks up the weight of the ignored label, 255:
    an ``IndexError``, on a GPU a CUDA assert.
    Where: mmsegmentation, ``models/losses/cross_entropy_loss.py``,
    ``cross_entropy``; seen in 1.2.2, in OneDL's 1.4.2 with
    ``avg_non_ignore=True`` alone.
    Until: it sums the weights of the pixels that are not ignored.
    """
    # The package exports the function of the same name over some modules.
    module: Any = importlib.import_module(
        'mmseg.models.losses.cross_entropy_loss'
    )
    original = module.cross_entropy
    if not _fails(original):
        return

    @functools.wraps(original)
    def cross_entropy(
        pred: Tensor,
        label: Tensor,
        weight: Tensor | None = None,
        class_weight: Tensor | None = None,
        reduction: str = 'mean',
        avg_factor: Any = None,
        ignore_index: int = -100,
        avg_non_ignore: bool = False,
    ) -> Tensor:
        if (
            class_weight is not None
            and avg_factor is None
            and reduction == 'mean'
        ):
            avg_factor = class_weight[label[label != ignore_index]].sum()
        return original(
            pred,
            label,
            weight,
            class_weight,
            reduction,
            avg_factor,
            ignore_index,
            avg_non_ignore,
        )

    module.cross_entropy = cross_entropy

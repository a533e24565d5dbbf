"""mmseg's own prediction, with the network behind it optimized."""

import torch
from mmseg.models.decode_heads.cascade_decode_head import (
    BaseCascadeDecodeHead,
)
from mmseg.models.decode_heads.decode_head import BaseDecodeHead
from torch import Tensor, nn

from ..devices import supports_bf16
from .optimize import optimize

PLAIN_PREDICTIONS = (BaseDecodeHead.predict, BaseCascadeDecodeHead.predict)


def accelerate(
    model: nn.Module,
    dtype: torch.dtype | None = None,
    compile: bool = True,
) -> None:
    """Let a segmentor predict by a faster copy of its network.

    Whatever mmseg does around the network stays: preprocessing, sliding
    windows, enlarging the logits, test-time augmentation.

    Args:
        model: A segmentor of mmseg's; from now on it predicts by the copy.
        dtype: Precision of the copy; None means bfloat16 where the model's
            device computes in it, float32 elsewhere. Default: None.
        compile: Whether to compile, which takes from seconds to minutes at
            the first image. Default: True.

    Raises:
        ValueError: If the model's head does more than enlarge its logits,
            as PointRend's and mask classification heads do.
    """
    head = model.decode_head
    if isinstance(head, nn.ModuleList):  # of a cascade, the last one predicts
        head = head[-1]
    if getattr(type(head), 'predict', None) not in PLAIN_PREDICTIONS:
        raise ValueError(
            f'{type(head).__name__} predicts in a way of its own, which is '
            'not accelerated; leave out --fast'
        )
    if dtype is None:
        device = next(model.parameters()).device
        in_bf16 = supports_bf16(device.type)
        dtype = torch.bfloat16 if in_bf16 else torch.float32
    fast = optimize(model, dtype, compile)

    def encode_decode(images: Tensor, image_metas: list[dict]) -> Tensor:
        return head.predict_by_feat(fast(images), image_metas)

    model.encode_decode = encode_decode

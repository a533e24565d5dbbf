"""Fast inference: batch norms folded, weights frozen, network compiled."""

import copy
from collections.abc import Callable

import torch
from mmseg.models.decode_heads.cascade_decode_head import (
    BaseCascadeDecodeHead,
)
from mmseg.models.decode_heads.decode_head import BaseDecodeHead
from torch import Tensor, nn

from ..devices import supports_bf16
from ..networks import find_decode_head
from .folding import fold_batch_norms
from .self_check import check_logits, run_on_small_images


def optimize(
    model: nn.Module,
    dtype: torch.dtype = torch.float32,
    compile: bool = True,
    channels_last: bool = True,
) -> nn.Module:
    """Make a faster copy of a segmentor for inference.

    Batch norms are folded into the convolutions before them, weights are
    frozen, in the given precision and memory format, and the whole is
    compiled, for any size of image.

    Args:
        model: A segmentor of mmseg's; left unchanged.
        dtype: Precision of weights and features. Default: float32.
        compile: Whether to compile, which takes from seconds to minutes at
            the first image. Default: True.
        channels_last: Whether tensors have their channels last in memory.
            Default: True.

    Returns:
        A module that takes normalized images of shape (N, 3, H, W) in any
        memory format and returns logits in float32, of shape (N, classes, h,
        w), as the segmentor's ``_forward`` does.

    Raises:
        ValueError: If the copy does not compute the logits of the segmentor,
            or these are not finite.
    """
    model = copy_folded(model)
    return FastSegmentor(model, dtype, compile, channels_last).eval()


def copy_folded(
    model: nn.Module, adapt: Callable[[nn.Module], nn.Module] | None = None
) -> nn.Module:
    """Copy a segmentor with batch norms folded, and compare their logits.

    They are compared in float32 on small random images, on the device of the
    segmentor.

    Args:
        model: A segmentor of mmseg's; left unchanged.
        adapt: What further changes the copy before it is compared.
            Default: None.

    Returns:
        The copy in float32 and evaluation mode.

    Raises:
        ValueError: If the copy does not compute the logits of the segmentor,
            or these are not finite.
    """
    model = copy.deepcopy(model).float().eval()
    images, logits = run_on_small_images(model)
    model = fold_batch_norms(model, images)
    if adapt is not None:
        model = adapt(model)
    check_logits(model, images, logits)
    return model


def accelerate(
    model: nn.Module,
    dtype: torch.dtype | None = None,
    compile: bool = True,
) -> None:
    """Make a segmentor predict by a faster copy of its network.

    Preprocessing, sliding windows, upsampling of the logits and test-time
    augmentation stay mmseg's.

    Args:
        model: A segmentor of mmseg's; from now on it predicts by the copy.
        dtype: Precision of the copy; None means bfloat16 where the model's
            device computes in it, float32 elsewhere. Default: None.
        compile: Whether to compile, which takes from seconds to minutes at
            the first image. Default: True.

    Raises:
        ValueError: If the model's head does more than upsample its logits,
            as PointRend's and mask classification heads do, or the copy does
            not compute the model's logits.
    """
    head = find_decode_head(model)
    if not has_standard_predict(head):
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


def has_standard_predict(head: nn.Module) -> bool:
    """Return whether a head predicts by upsampling its logits, as most do.

    PointRend's and mask classification heads compute more than that.

    Args:
        head: A decode head, of a cascade the last one.
    """
    return getattr(type(head), 'predict', None) in (
        BaseDecodeHead.predict,
        BaseCascadeDecodeHead.predict,
    )


class FastSegmentor(nn.Module):
    """A frozen segmentor in one precision and memory format.

    Args:
        model: The segmentor; changed.
        dtype: Precision of weights and features.
        compile: Whether to compile it.
        channels_last: Whether tensors have their channels last in memory.
    """

    def __init__(
        self,
        model: nn.Module,
        dtype: torch.dtype,
        compile: bool,
        channels_last: bool,
    ) -> None:
        super().__init__()
        self.dtype = dtype
        self.memory_format = (
            torch.channels_last if channels_last else torch.contiguous_format
        )
        self.model = model = model.to(
            dtype=dtype, memory_format=self.memory_format
        )
        model.requires_grad_(False)
        self._run = _compile(model) if compile else model._forward

    @torch.no_grad()
    def forward(self, images: Tensor) -> Tensor:
        """Compute the logits.

        Args:
            images: Normalized images of shape (N, 3, H, W).

        Returns:
            Logits of shape (N, classes, h, w).
        """
        images = images.to(self.dtype, memory_format=self.memory_format)
        return self._run(images).float()


def _compile(model: nn.Module) -> Callable[[Tensor], Tensor]:
    """Compile a segmentor whose weights stay as they are.

    Weights become constants of the compiled code, in the layout that is best
    for its kernels. ``torch.compile(..., options={'freezing': True})`` has no
    effect: the setting is read while the model is traced.
    """
    from torch._inductor import config  # slow to import

    compiled = torch.compile(model._forward)

    def run(images: Tensor) -> Tensor:
        with config.patch(freezing=True):
            return compiled(images)

    return run

"""The same network, faster: folded, frozen and, where wanted, compiled."""

import copy
from collections.abc import Callable

import torch
from mmcv.cnn import fuse_conv_bn
from mmengine.model import revert_sync_batchnorm
from torch import Tensor, nn


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
    """
    model = revert_sync_batchnorm(copy.deepcopy(model)).eval()
    model = fuse_conv_bn(model)
    return FastSegmentor(model, dtype, compile, channels_last).eval()


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

    Weights become constants of the compiled code, laid out as its kernels
    like them. ``torch.compile(..., options={'freezing': True})`` comes too
    late for that: the setting counts already while the model is traced.
    """
    from torch._inductor import config  # only who compiles pays for it

    compiled = torch.compile(model._forward)

    def run(images: Tensor) -> Tensor:
        with config.patch(freezing=True):
            return compiled(images)

    return run

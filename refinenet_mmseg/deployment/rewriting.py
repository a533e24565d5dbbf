"""Layers that fix the size of what they were traced with, written anew.

The replacements compute the same from the same weights. They count in whole
numbers, where the originals go through floating-point ones, which an
exporter turns into constants.
"""

from collections.abc import Callable

import mmcv.cnn.bricks.transformer as mmcv_transformer
import torch
import torch.nn.functional as F
from mmcv.cnn.bricks.conv2d_adaptive_padding import Conv2dAdaptivePadding
from mmseg.models.backbones.swin import ShiftWindowMSA
from mmseg.models.utils import Upsample, embed
from torch import Tensor, nn

from .window_attention import MergedPatches, WindowAttention


def rewrite_for_export(model: nn.Module) -> nn.Module:
    """Replace what an exporter cannot follow to other sizes.

    Args:
        model: Any model; changed.

    Returns:
        The model, or what replaces it.
    """
    if getattr(model, 'inplace', False):
        # Torch decomposes activations in place, symbol by symbol: an ONNX
        # file of MobileNet-v2 took six times as long.
        model.inplace = False
    write = REWRITTEN.get(type(model))
    if write is not None:
        return write(model)
    for name, child in model.named_children():
        setattr(model, name, rewrite_for_export(child))
    return model


class AdaptiveAveragePool(nn.Module):
    """Adaptive average pooling as a product with two matrices.

    ONNX has no such pooling, and for other sizes than the traced one its
    windows cannot be written down; their weights can be computed.

    Args:
        pool: The pooling of torch's.
    """

    def __init__(self, pool: nn.AdaptiveAvgPool2d) -> None:
        super().__init__()
        size = pool.output_size
        self.size = (size, size) if isinstance(size, int) else tuple(size)

    def forward(self, x: Tensor) -> Tensor:
        """Pool a map of shape (N, C, H, W) to (N, C, *size)."""
        rows = _window_weights(x, x.shape[2], self.size[0])
        columns = _window_weights(x, x.shape[3], self.size[1])
        return rows @ x @ columns.T


def _window_weights(x: Tensor, length: int, count: int) -> Tensor:
    """Give the weight of each place in each window, (count, length)."""
    window = torch.arange(count, device=x.device)[:, None]
    place = torch.arange(length, device=x.device)[None]
    # from floor(i * length / count) to ceil((i + 1) * length / count)
    inside = (place * count > window * length - count) & (
        place * count < (window + 1) * length
    )
    weights = inside.to(x.dtype)
    return weights / weights.sum(1, keepdim=True)


class WholePadding(nn.Module):
    """Adaptive padding, in mmseg's and mmcv's sense, in whole numbers.

    Args:
        padding: The padding of either.
    """

    def __init__(self, padding: nn.Module) -> None:
        super().__init__()
        self.windows = [
            (kernel, stride, dilation)
            for kernel, stride, dilation in zip(
                padding.kernel_size,
                padding.stride,
                padding.dilation,
                strict=True,
            )
        ]
        self.at_corner = padding.padding == 'corner'

    def forward(self, x: Tensor) -> Tensor:
        """Pad a map of shape (N, C, H, W) with zeros."""
        amounts = []
        for length, window in zip(x.shape[2:], self.windows, strict=True):
            amount = _missing(length, *window)
            before = 0 if self.at_corner else amount // 2
            amounts.append((before, amount - before))
        return F.pad(x, (*amounts[1], *amounts[0]))


def _missing(length: int, kernel: int, stride: int, dilation: int) -> int:
    """Count the pixels by which windows reach over the end."""
    span = (kernel - 1) * dilation + 1
    steps = (length + stride - 1) // stride
    # Without a maximum where it is known: symbols stay simple.
    missing = steps * stride - length + span - stride
    return missing if span >= stride else torch.sym_max(missing, 0)


class WholePaddedConv(nn.Module):
    """A convolution with the "same" padding of TensorFlow.

    Args:
        conv: mmcv's convolution; its weights are shared.
    """

    def __init__(self, conv: Conv2dAdaptivePadding) -> None:
        super().__init__()
        self.weight, self.bias = conv.weight, conv.bias
        self.stride, self.dilation = conv.stride, conv.dilation
        self.groups = conv.groups
        self.windows = list(
            zip(conv.kernel_size, conv.stride, conv.dilation, strict=True)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Convolve a map of shape (N, C, H, W)."""
        if any(kernel * stride > 1 for kernel, stride, _ in self.windows):
            bottom, right = (
                _missing(length, *window)
                for length, window in zip(
                    x.shape[2:], self.windows, strict=True
                )
            )
            top, left = bottom // 2, right // 2
            x = F.pad(x, (left, right - left, top, bottom - top))
        return F.conv2d(
            x,
            self.weight,
            self.bias,
            self.stride,
            0,
            self.dilation,
            self.groups,
        )


class WholeUpsample(nn.Module):
    """Enlarging by a whole number.

    Args:
        upsample: mmseg's layer.
        factor: The whole number.
    """

    def __init__(self, upsample: Upsample, factor: int) -> None:
        super().__init__()
        self.factor = factor
        self.mode = upsample.mode
        self.align_corners = upsample.align_corners

    def forward(self, x: Tensor) -> Tensor:
        """Enlarge a map of shape (N, C, H, W)."""
        size = tuple(length * self.factor for length in x.shape[2:])
        return F.interpolate(
            x, size, mode=self.mode, align_corners=self.align_corners
        )


def _rewrite_upsample(upsample: Upsample) -> nn.Module:
    factor = upsample.scale_factor
    if not isinstance(factor, float) or not factor.is_integer():
        return upsample
    return WholeUpsample(upsample, int(factor))


def _rewrite_pool(pool: nn.AdaptiveAvgPool2d) -> nn.Module:
    size = pool.output_size
    sizes = (size,) if isinstance(size, int) else tuple(size)
    # The mean of all places needs no matrix; None keeps an edge length.
    if set(sizes) == {1} or None in sizes:
        return pool
    return AdaptiveAveragePool(pool)


REWRITTEN: dict[type, Callable[[nn.Module], nn.Module]] = {
    nn.AdaptiveAvgPool2d: _rewrite_pool,
    embed.AdaptivePadding: WholePadding,
    mmcv_transformer.AdaptivePadding: WholePadding,
    Conv2dAdaptivePadding: WholePaddedConv,
    Upsample: _rewrite_upsample,
    ShiftWindowMSA: WindowAttention,
    embed.PatchMerging: MergedPatches.of,
}

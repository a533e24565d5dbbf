"""Replacements of layers that an exporter fixes to one image size.

Each computes the same as the original, with the same weights. They compute
sizes in integers: the originals use floating-point numbers, which an exporter
turns into constants.
"""

from collections.abc import Callable

import mmcv.cnn.bricks.transformer as mmcv_transformer
import torch
import torch.nn.functional as F
from mmcv.cnn.bricks.conv2d_adaptive_padding import Conv2dAdaptivePadding
from mmseg.models.backbones.swin import ShiftWindowMSA
from mmseg.models.utils import Upsample, embed
from torch import Tensor, nn

from .exportable_swin import ExportableWindowAttention, replace_patch_merging

try:
    from timm.layers import Conv2dSame
except ImportError:
    Conv2dSame = None  # timm is an extra's


def make_exportable(model: nn.Module) -> nn.Module:
    """Replace the layers that an exporter fixes to one image size.

    Args:
        model: Any model; changed.

    Returns:
        The model, or its replacement if it is such a layer itself.
    """
    if getattr(model, 'inplace', False):
        # Torch decomposes in-place activations symbol by symbol: the ONNX
        # export of MobileNet-v2 took six times as long.
        model.inplace = False
    replace = REPLACEMENTS.get(type(model))
    if replace is not None:
        return replace(model)
    for name, child in model.named_children():
        setattr(model, name, make_exportable(child))
    return model


class ExportableAdaptiveAvgPool2d(nn.Module):
    """Adaptive average pooling as a product with two matrices.

    ONNX has no adaptive pooling. Its windows depend on the size of the image;
    the matrices hold the weight of each position in each window.

    Args:
        pool: The pooling to replace.
    """

    def __init__(self, pool: nn.AdaptiveAvgPool2d) -> None:
        super().__init__()
        size = pool.output_size
        self.size = (size, size) if isinstance(size, int) else tuple(size)

    def forward(self, x: Tensor) -> Tensor:
        """Pool features.

        Args:
            x: Features of shape (N, C, H, W).

        Returns:
            Features of shape (N, C, *size).
        """
        rows = _window_weights(x, x.shape[2], self.size[0])
        columns = _window_weights(x, x.shape[3], self.size[1])
        return rows @ x @ columns.T


def _window_weights(x: Tensor, length: int, count: int) -> Tensor:
    """Compute the weights of the positions in windows, (count, length)."""
    window = torch.arange(count, device=x.device)[:, None]
    position = torch.arange(length, device=x.device)[None]
    # from floor(i * length / count) to ceil((i + 1) * length / count)
    inside = (position * count > window * length - count) & (
        position * count < (window + 1) * length
    )
    weights = inside.to(x.dtype)
    return weights / weights.sum(1, keepdim=True)


class ExportableAdaptivePadding(nn.Module):
    """Adaptive padding, of mmseg or of mmcv, in integer arithmetic.

    Args:
        padding: The padding to replace.
    """

    def __init__(self, padding: nn.Module) -> None:
        super().__init__()
        self.windows = list(
            zip(
                padding.kernel_size,
                padding.stride,
                padding.dilation,
                strict=True,
            )
        )
        self.at_corner = padding.padding == 'corner'

    def forward(self, x: Tensor) -> Tensor:
        """Pad features of shape (N, C, H, W) with zeros."""
        amounts = []
        for length, window in zip(x.shape[2:], self.windows, strict=True):
            amount = _padding_amount(length, *window)
            before = 0 if self.at_corner else amount // 2
            amounts.append((before, amount - before))
        return F.pad(x, (*amounts[1], *amounts[0]))


def _padding_amount(
    length: int, kernel_size: int, stride: int, dilation: int
) -> int:
    """Compute how many pixels the last window reaches over the end."""
    span = (kernel_size - 1) * dilation + 1
    num_windows = (length + stride - 1) // stride
    amount = (num_windows - 1) * stride + span - length
    # No maximum where it is not needed: simpler expressions of sizes.
    return amount if span >= stride else torch.sym_max(amount, 0)


class ExportableConv2dAdaptivePadding(nn.Module):
    """A convolution with TensorFlow's "same" padding, in integer arithmetic.

    Of mmcv or of timm, in whose padding a dynamic export does not end.

    Args:
        conv: The convolution to replace; its weights are shared.
    """

    def __init__(self, conv: nn.Conv2d) -> None:
        super().__init__()
        self.weight, self.bias = conv.weight, conv.bias
        self.stride, self.dilation = conv.stride, conv.dilation
        self.groups = conv.groups
        self.windows = list(
            zip(conv.kernel_size, conv.stride, conv.dilation, strict=True)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Convolve features of shape (N, C, H, W)."""
        if any(size * stride > 1 for size, stride, _ in self.windows):
            bottom, right = (
                _padding_amount(length, *window)
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


class ExportableUpsample(nn.Module):
    """Upsampling by an integer factor.

    Args:
        upsample: The layer to replace.
        factor: Its scale factor.
    """

    def __init__(self, upsample: Upsample, factor: int) -> None:
        super().__init__()
        self.factor = factor
        self.mode = upsample.mode
        self.align_corners = upsample.align_corners

    def forward(self, x: Tensor) -> Tensor:
        """Upsample features of shape (N, C, H, W)."""
        size = tuple(length * self.factor for length in x.shape[2:])
        return F.interpolate(
            x, size, mode=self.mode, align_corners=self.align_corners
        )


def _replace_upsample(upsample: Upsample) -> nn.Module:
    factor = upsample.scale_factor
    if not isinstance(factor, float) or not factor.is_integer():
        return upsample
    return ExportableUpsample(upsample, int(factor))


def _replace_pool(pool: nn.AdaptiveAvgPool2d) -> nn.Module:
    size = pool.output_size
    sizes = (size,) if isinstance(size, int) else tuple(size)
    # A global mean exports as it is; None keeps the size of the input.
    if set(sizes) == {1} or None in sizes:
        return pool
    return ExportableAdaptiveAvgPool2d(pool)


REPLACEMENTS: dict[type, Callable[[nn.Module], nn.Module]] = {
    nn.AdaptiveAvgPool2d: _replace_pool,
    embed.AdaptivePadding: ExportableAdaptivePadding,
    mmcv_transformer.AdaptivePadding: ExportableAdaptivePadding,
    Conv2dAdaptivePadding: ExportableConv2dAdaptivePadding,
    Upsample: _replace_upsample,
    ShiftWindowMSA: ExportableWindowAttention,
    embed.PatchMerging: replace_patch_merging,
}
if Conv2dSame is not None:
    REPLACEMENTS[Conv2dSame] = ExportableConv2dAdaptivePadding

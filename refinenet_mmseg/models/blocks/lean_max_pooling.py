"""Max pooling of stride 1 that saves one byte per value for backward."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from .layers import is_traced
from .separable_max_pooling import (
    separable_max_pool,
    supports_separable_pooling,
)

# Devices whose max_pool2d_with_indices_backward is known to read only the
# shape of the input
DEVICES = ('cpu', 'cuda')


class LeanMaxPool2d(nn.MaxPool2d):
    """Max pooling of stride 1 that saves one byte per value for backward.

    Outputs and gradients are those of ``nn.MaxPool2d``, which saves the input
    and, in eight bytes per value, the index of each maximum in the map. The
    index in the window is enough, and fits in a byte; the values of the input
    are not needed.

    Compilers and exporters use torch's own pooling, which they support. Under
    ``no_grad`` on a CPU, the pooling is separable, which is faster.

    Args:
        kernel_size: Odd edge length of the windows, in pixels.

    Raises:
        ValueError: If ``kernel_size`` is even: the size would change.
    """

    def __init__(self, kernel_size: int) -> None:
        if kernel_size % 2 == 0:
            raise ValueError(
                f'kernel_size must be odd to keep the size, got {kernel_size}'
            )
        super().__init__(kernel_size, stride=1, padding=kernel_size // 2)

    def forward(self, x: Tensor) -> Tensor:
        """Pool a feature map.

        Args:
            x: Feature map of shape (N, C, H, W).

        Returns:
            A map of shape (N, C, H, W).
        """
        if is_traced():
            return super().forward(x)
        if not torch.is_grad_enabled():
            if supports_separable_pooling(x):
                return separable_max_pool(x, self.kernel_size)
        elif x.requires_grad and _supports_lean_pooling(x, self.kernel_size):
            return _LeanMaxPooling.apply(x, self.kernel_size)
        return super().forward(x)


class _LeanMaxPooling(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, kernel_size: int) -> Tensor:
        # On a CPU, torch pools several times as fast with channels last.
        convert = (
            x.device.type == 'cpu'
            and x.is_contiguous()
            and not x.is_contiguous(memory_format=torch.channels_last)
        )
        if convert:
            x = x.contiguous(memory_format=torch.channels_last)
        # Both (N, C, H, W); int64 indices into the H * W pixels of a map
        pooled, map_indices = F.max_pool2d_with_indices(
            x, kernel_size, stride=1, padding=kernel_size // 2
        )
        # (N, C, H, W), uint8
        window_indices = _map_to_window_indices(map_indices, kernel_size)
        if convert:
            pooled = pooled.contiguous()
            window_indices = window_indices.contiguous()
        ctx.kernel_size = kernel_size
        ctx.save_for_backward(window_indices)
        return pooled

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        (window_indices,) = ctx.saved_tensors
        kernel_size, padding = ctx.kernel_size, ctx.kernel_size // 2
        input_gradient = torch.ops.aten.max_pool2d_with_indices_backward(
            gradient,
            # In place of the input, of which only the shape is read
            gradient,
            [kernel_size, kernel_size],
            [1, 1],
            [padding, padding],
            [1, 1],
            False,
            _window_to_map_indices(window_indices, kernel_size),
        )  # (N, C, H, W)
        return input_gradient, None


def _supports_lean_pooling(x: Tensor, kernel_size: int) -> bool:
    return (
        x.device.type in DEVICES
        and x.dim() == 4
        and _largest_window_index(kernel_size, x.shape[-1])
        <= torch.iinfo(torch.uint8).max
    )


def _largest_window_index(kernel_size: int, width: int) -> int:
    """Compute the largest index in a window.

    It is kernel_size² - 1, unless the map is narrower than the window: then a
    column beyond the map's width counts as one of the next row. Indices stay
    unique, but may be larger.

    Args:
        kernel_size: Edge length of the windows, in pixels.
        width: Width of the map, in pixels.
    """
    rightmost = min(kernel_size, kernel_size // 2 + width) - 1
    rows = kernel_size - 1 + rightmost // width
    return rows * kernel_size + min(kernel_size, width) - 1


# The two functions below convert between row * width + column, the index of a
# maximum in its map, and (row - top) * kernel_size + (column - left), its
# index in the window whose first pixel is (top, left).
#
# They take few passes and little extra memory, since indices take four times
# as much as bf16 features, and avoid the int64 products and quotients and the
# mixed types that are slow on a CPU. float32 is exact here: offsets are small,
# also in maps 100,000 pixels wide, and adding a half keeps the quotients away
# from whole numbers, so that rounding down gives the row.
def _map_to_window_indices(map_indices: Tensor, kernel_size: int) -> Tensor:
    """Convert indices in the map to indices in the window.

    Args:
        map_indices: Indices of shape (N, C, H, W), int64; overwritten.
        kernel_size: Edge length of the windows, in pixels.

    Returns:
        Indices of shape (N, C, H, W), uint8.
    """
    top, left = _window_origins(map_indices, kernel_size)  # (H, 1), (W,)
    width = map_indices.shape[-1]
    # (row - top) * width + (column - left)
    offsets = map_indices.sub_(top * width + left).to(torch.float32)
    rows = (offsets + 0.5).mul_(1 / width).floor_()  # row - top
    return offsets.add_(rows, alpha=kernel_size - width).to(torch.uint8)


def _window_to_map_indices(window_indices: Tensor, kernel_size: int) -> Tensor:
    """Convert indices in the window to indices in the map.

    Args:
        window_indices: Indices of shape (N, C, H, W), uint8.
        kernel_size: Edge length of the windows, in pixels.

    Returns:
        Indices of shape (N, C, H, W), int64.
    """
    top, left = _window_origins(window_indices, kernel_size)  # (H, 1), (W,)
    width = window_indices.shape[-1]
    # (row - top) * kernel_size + (column - left)
    offsets = window_indices.to(torch.float32)
    rows = (offsets + 0.5).mul_(1 / kernel_size).floor_()  # row - top
    offsets.add_(rows, alpha=width - kernel_size)
    return offsets.to(torch.int64).add_(top * width + left)


def _window_origins(x: Tensor, kernel_size: int) -> tuple[Tensor, Tensor]:
    """Compute the first row and column of each window; padding is below 0.

    Args:
        x: A tensor of shape (N, C, H, W).
        kernel_size: Edge length of the windows, in pixels.

    Returns:
        Rows of shape (H, 1) and columns of shape (W,).
    """
    height, width = x.shape[-2:]
    rows = torch.arange(height, device=x.device) - kernel_size // 2
    columns = torch.arange(width, device=x.device) - kernel_size // 2
    return rows[:, None], columns

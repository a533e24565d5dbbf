from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from .banded_max_pooling import can_pool_in_bands, max_pool_in_bands

try:
    from torch.compiler import is_compiling
except ImportError:  # torch before 2.3
    from torch._dynamo import is_compiling

# Windows with more places than a byte can number are left to torch.
MAX_PLACES = 256
# Where torch's backward is known to read nothing but the input's shape
DEVICES = ('cpu', 'cuda')


class LeanMaxPool2d(nn.MaxPool2d):
    """Max pooling of stride 1 that keeps one byte a value for backward.

    Forward and gradients are those of ``nn.MaxPool2d``, which keeps the input
    and, in eight bytes a value, where in the whole map each maximum stood.
    The place within the window is enough; the input's values are not needed.
    Compiled, torch has a lean pooling of its own, and gets to use it. Under
    ``no_grad`` nothing is kept, and a CPU pools faster by shifted maxima.

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
            x: Feature map of shape (N, channels, H, W).

        Returns:
            A map of the same shape.
        """
        size = self.kernel_size
        if _is_traced():
            return super().forward(x)
        if not torch.is_grad_enabled():
            if can_pool_in_bands(x):
                return max_pool_in_bands(x, size)
        elif x.requires_grad and _can_keep_places(x, size):
            return _LeanMaxPooling.apply(x, size)
        return super().forward(x)


class _LeanMaxPooling(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, size: int) -> Tensor:
        # On a CPU, torch pools several times as fast with channels last.
        convert = (
            x.device.type == 'cpu'
            and x.is_contiguous()
            and not x.is_contiguous(memory_format=torch.channels_last)
        )
        if convert:
            x = x.contiguous(memory_format=torch.channels_last)
        pooled, indices = F.max_pool2d_with_indices(
            x, size, stride=1, padding=size // 2
        )
        places = _places_in_windows(indices, size)
        if convert:
            pooled, places = pooled.contiguous(), places.contiguous()
        ctx.size = size
        ctx.save_for_backward(places)
        return pooled

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        (places,) = ctx.saved_tensors
        size, pad = ctx.size, ctx.size // 2
        result = torch.ops.aten.max_pool2d_with_indices_backward(
            gradient,
            # Of the input only the shape is read, which is the output's.
            gradient,
            [size, size],
            [1, 1],
            [pad, pad],
            [1, 1],
            False,
            _indices_in_map(places, size),
        )
        return result, None


# Below, a maximum stands in row r and column c of its map, and in row
# r - top and column c - left of its window. The formulas take few passes and
# little memory beside, since indices are four times as large as bf16 features,
# and avoid what is slow on a CPU: int64's products and quotients, and mixed
# types. A half keeps float32's quotients off the integers: rounded down they
# are exact, in maps that are 100,000 px wide as well.
# In a map that is narrower than a window, a column beyond its width counts as
# another row: still a number for each place, but larger ones.
def _places_in_windows(indices: Tensor, size: int) -> Tensor:
    """Number each maximum by its place in its window.

    Args:
        indices: Places in the whole map, of shape (N, C, H, W); overwritten.
        size: Edge length of the windows, in pixels.
    """
    top, left = _window_corners(indices, size)
    width = indices.shape[-1]
    # (r - top) * size + c - left, from offset = (r - top) * width + c - left
    offsets = indices.sub_(top * width + left).to(torch.float32)
    rows = (offsets + 0.5).mul_(1 / width).floor_()
    return offsets.add_(rows, alpha=size - width).to(torch.uint8)


def _can_keep_places(x: Tensor, size: int) -> bool:
    return (
        x.device.type in DEVICES
        and x.dim() == 4
        and _largest_number(size, x.shape[-1]) < MAX_PLACES
    )


def _largest_number(size: int, width: int) -> int:
    """Give the largest number of a place, size² - 1 unless maps are narrow."""
    rightmost = min(size, size // 2 + width) - 1
    rows = size - 1 + rightmost // width
    return rows * size + min(size, width) - 1


def _indices_in_map(places: Tensor, size: int) -> Tensor:
    """Undo ``_places_in_windows``."""
    top, left = _window_corners(places, size)
    width = places.shape[-1]
    # r * width + c, where c - left = place - (r - top) * size
    offsets = places.to(torch.float32)
    rows = (offsets + 0.5).mul_(1 / size).floor_()
    offsets.add_(rows, alpha=width - size)
    return offsets.to(torch.int64).add_(top * width + left)


def _window_corners(x: Tensor, size: int) -> tuple[Tensor, Tensor]:
    """Give the row and the column where each window begins, below 0 too."""
    height, width = x.shape[-2:]
    rows = torch.arange(height, device=x.device) - size // 2
    columns = torch.arange(width, device=x.device) - size // 2
    return rows[:, None], columns


def _is_traced() -> bool:
    """Tell whether torch is compiling, exporting or scripting."""
    return torch.jit.is_tracing() or is_compiling()

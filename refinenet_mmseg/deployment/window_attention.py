"""Swin's two layers that reshape by the size of the image, written anew.

Liu et al., "Swin Transformer: Hierarchical Vision Transformer using Shifted
Windows", ICCV 2021, section 3. The sizes of all views are products of numbers
of windows and constants, which an exporter follows to any size; mmseg's
divide what they multiplied before, through floating-point numbers.
"""

import torch
import torch.nn.functional as F
from mmseg.models.backbones.swin import ShiftWindowMSA
from mmseg.models.utils.embed import PatchMerging
from torch import Tensor, nn

MASKED = -100.0  # added to the scores of places from other regions


class WindowAttention(nn.Module):
    """Attention within windows, which may be shifted.

    Args:
        attention: mmseg's layer; its weights are shared.
    """

    def __init__(self, attention: ShiftWindowMSA) -> None:
        super().__init__()
        inner = attention.w_msa
        self.size: int = attention.window_size
        self.shift: int = attention.shift_size
        self.heads: int = inner.num_heads
        self.scale: float = inner.scale
        self.qkv, self.proj = inner.qkv, inner.proj
        places = self.size**2
        bias = inner.relative_position_bias_table[
            inner.relative_position_index.view(-1)
        ]
        bias = bias.detach().view(places, places, self.heads).permute(2, 0, 1)
        self.register_buffer('bias', bias.contiguous())

    def forward(self, x: Tensor, hw_shape: tuple[int, int]) -> Tensor:
        """Attend.

        Args:
            x: Features of shape (N, H * W, C).
            hw_shape: H and W.

        Returns:
            Features of the same shape.
        """
        (height, width), size, shift = hw_shape, self.size, self.shift
        number, _, channels = x.shape
        rows = (height + size - 1) // size
        columns = (width + size - 1) // size
        x = x.view(number, height, width, channels)
        down, across = rows * size, columns * size
        x = F.pad(x, (0, 0, 0, across - width, 0, down - height))
        if shift:
            x = _take(x, 1, shift, down, down)
            x = _take(x, 2, shift, across, across)
        x = x.view(number, rows, size, columns, size, channels)
        x = x.permute(0, 1, 3, 2, 4, 5)
        x = _copy(x).view(number, rows * columns, size * size, channels)
        x = self._attend(x, self._mask(rows, columns) if shift else None)
        x = x.view(number, rows, columns, size, size, channels)
        x = x.permute(0, 1, 3, 2, 4, 5)
        x = _copy(x).view(number, down, across, channels)
        # Back, and without the padding
        x = _take(x, 1, down - shift, height, down)
        x = _take(x, 2, across - shift, width, across)
        return x.view(number, height * width, channels)

    def _attend(self, x: Tensor, mask: Tensor | None) -> Tensor:
        """Attend within windows.

        Args:
            x: Features of shape (N, windows, places, C).
            mask: What is added to the scores, of shape (windows, 1, places,
                places).
        """
        number, windows, places, channels = x.shape
        qkv = self.qkv(x).view(
            number, windows, places, 3, self.heads, channels // self.heads
        )
        query, key, value = qkv.permute(3, 0, 1, 4, 2, 5).unbind(0)
        scores = (query * self.scale) @ key.transpose(-2, -1) + self.bias
        if mask is not None:
            scores = scores + mask
        x = (scores.softmax(-1) @ value).transpose(2, 3)
        return self.proj(_copy(x).view(number, windows, places, channels))

    def _mask(self, rows: int, columns: int) -> Tensor:
        """Keep places apart that were not neighbors before the shift."""
        down = self._regions(rows).view(rows, 1, self.size, 1)
        across = self._regions(columns).view(1, columns, 1, self.size)
        regions = (3 * down + across).view(rows * columns, self.size**2)
        apart = regions[:, :, None] != regions[:, None]
        return (apart.to(self.bias.dtype) * MASKED)[:, None]

    def _regions(self, windows: int) -> Tensor:
        """Number the places along an edge: 0, 1 or 2 in the last window."""
        length = windows * self.size
        place = torch.arange(length, device=self.bias.device)
        in_last = (place >= length - self.size).to(torch.int64)
        return in_last + (place >= length - self.shift).to(torch.int64)


def _take(x: Tensor, edge: int, start: int, count: int, length: int) -> Tensor:
    """Take places along an edge of a length, from a start and round its end.

    By their numbers: slices are views, of which an exporter notes whether
    they are contiguous for the traced size as a condition on all.
    """
    places = torch.arange(count, device=x.device) + start
    # ONNX's exporter knows no remainder by a length that is not a number.
    places = torch.where(places >= length, places - length, places)
    return x.index_select(edge, places)


def _copy(x: Tensor) -> Tensor:
    """Lay a tensor out anew.

    Where ``reshape`` may return a view it asks first, and an exporter would
    note the answer for this size as a condition on all.
    """
    return x.clone(memory_format=torch.contiguous_format)


class MergedPatches(nn.Module):
    """Merging of patches that lie side by side.

    Args:
        merging: mmseg's layer; its weights are shared.
    """

    def __init__(self, merging: PatchMerging) -> None:
        super().__init__()
        self.size: int = merging.sampler.kernel_size[0]
        self.norm, self.reduction = merging.norm, merging.reduction

    @classmethod
    def of(cls, merging: PatchMerging) -> nn.Module:
        """Rewrite the layer where its patches neither overlap nor gap."""
        sampler = merging.sampler
        size = sampler.kernel_size[0]
        side_by_side = (
            merging.adap_padding is not None
            and tuple(sampler.kernel_size) == (size, size)
            and tuple(sampler.stride) == (size, size)
            and tuple(sampler.dilation) == (1, 1)
            and merging.adap_padding.padding == 'corner'
        )
        return cls(merging) if side_by_side else merging

    def forward(
        self, x: Tensor, input_size: tuple[int, int]
    ) -> tuple[Tensor, tuple[int, int]]:
        """Merge patches.

        Args:
            x: Features of shape (N, H * W, C).
            input_size: H and W.

        Returns:
            Features of shape (N, h * w, D), and h and w.
        """
        (height, width), size = input_size, self.size
        number, _, channels = x.shape
        rows = (height + size - 1) // size
        columns = (width + size - 1) // size
        x = x.view(number, height, width, channels)
        bottom, right = rows * size - height, columns * size - width
        x = F.pad(x, (0, 0, 0, right, 0, bottom))
        x = x.view(number, rows, size, columns, size, channels)
        # Channels first within a patch, as torch's unfold has them.
        x = x.permute(0, 1, 3, 5, 2, 4)
        x = _copy(x).view(number, rows * columns, channels * size * size)
        if self.norm is not None:
            x = self.norm(x)
        return self.reduction(x), (rows, columns)

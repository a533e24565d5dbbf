"""Replacements of Swin's layers that an exporter fixes to one image size.

Liu et al., "Swin Transformer: Hierarchical Vision Transformer using Shifted
Windows", ICCV 2021, section 3. The sizes of all views are products of a number
of windows and constants, which an exporter keeps symbolic. mmseg's layers
recover these numbers by floating-point divisions, which it turns into
constants.
"""

import torch
import torch.nn.functional as F
from mmseg.models.backbones.swin import ShiftWindowMSA
from mmseg.models.utils.embed import PatchMerging
from torch import Tensor, nn

# Added to the attention scores between different regions
MASKED_SCORE = -100.0


class ExportableWindowAttention(nn.Module):
    """Self-attention within windows, which may be shifted.

    Args:
        attention: The layer to replace; its weights are shared.
    """

    def __init__(self, attention: ShiftWindowMSA) -> None:
        super().__init__()
        inner = attention.w_msa
        self.window_size: int = attention.window_size
        self.shift_size: int = attention.shift_size
        self.num_heads: int = inner.num_heads
        self.scale: float = inner.scale
        self.qkv, self.proj = inner.qkv, inner.proj
        area = self.window_size**2
        bias = inner.relative_position_bias_table[
            inner.relative_position_index.view(-1)
        ]
        bias = bias.detach().view(area, area, self.num_heads).permute(2, 0, 1)
        self.register_buffer('bias', bias.contiguous())

    def forward(self, x: Tensor, hw_shape: tuple[int, int]) -> Tensor:
        """Apply attention.

        Args:
            x: Features of shape (N, H * W, C).
            hw_shape: H and W.

        Returns:
            Features of shape (N, H * W, C).
        """
        (height, width), size = hw_shape, self.window_size
        shift = self.shift_size
        batch_size, _, channels = x.shape
        rows = (height + size - 1) // size
        columns = (width + size - 1) // size
        padded_height, padded_width = rows * size, columns * size
        x = x.view(batch_size, height, width, channels)
        x = F.pad(
            x, (0, 0, 0, padded_width - width, 0, padded_height - height)
        )
        if shift:
            x = _take(x, 1, shift, padded_height, padded_height)
            x = _take(x, 2, shift, padded_width, padded_width)
        # Partition into windows: (N, rows, columns, size, size, C)
        x = x.view(batch_size, rows, size, columns, size, channels)
        x = x.permute(0, 1, 3, 2, 4, 5)
        x = _copy(x).view(batch_size, rows * columns, size * size, channels)
        x = self._attend(x, self._mask(rows, columns) if shift else None)
        # Join the windows: (N, padded height, padded width, C)
        x = x.view(batch_size, rows, columns, size, size, channels)
        x = x.permute(0, 1, 3, 2, 4, 5)
        x = _copy(x).view(batch_size, padded_height, padded_width, channels)
        # Reverse the shift and remove the padding: (N, H, W, C)
        x = _take(x, 1, padded_height - shift, height, padded_height)
        x = _take(x, 2, padded_width - shift, width, padded_width)
        return x.view(batch_size, height * width, channels)

    def _attend(self, x: Tensor, mask: Tensor | None) -> Tensor:
        """Apply attention within windows.

        Args:
            x: Features of shape (N, windows, window area, C).
            mask: Added to the attention scores, of shape (windows, 1, window
                area, window area).
        """
        batch_size, windows, area, channels = x.shape
        qkv = self.qkv(x).view(
            batch_size,
            windows,
            area,
            3,
            self.num_heads,
            channels // self.num_heads,
        )
        # Each of shape (N, windows, heads, window area, C // heads)
        query, key, value = qkv.permute(3, 0, 1, 4, 2, 5).unbind(0)
        scores = (query * self.scale) @ key.transpose(-2, -1) + self.bias
        if mask is not None:
            scores = scores + mask
        x = (scores.softmax(-1) @ value).transpose(2, 3)
        return self.proj(_copy(x).view(batch_size, windows, area, channels))

    def _mask(self, rows: int, columns: int) -> Tensor:
        """Mask the scores of positions that only the shift made neighbors.

        Returns:
            A mask of shape (windows, 1, window area, window area).
        """
        size = self.window_size
        vertical = self._regions(rows).view(rows, 1, size, 1)
        horizontal = self._regions(columns).view(1, columns, 1, size)
        regions = (3 * vertical + horizontal).view(rows * columns, size**2)
        differ = regions[:, :, None] != regions[:, None]
        return (differ.to(self.bias.dtype) * MASKED_SCORE)[:, None]

    def _regions(self, windows: int) -> Tensor:
        """Number the regions along an edge.

        Region 0 is all but the last window, whose parts before and after the
        end of the unshifted map are 1 and 2.
        """
        length = windows * self.window_size
        position = torch.arange(length, device=self.bias.device)
        in_last = (position >= length - self.window_size).to(torch.int64)
        return in_last + (position >= length - self.shift_size).to(torch.int64)


def _take(
    x: Tensor, dimension: int, start: int, count: int, length: int
) -> Tensor:
    """Take positions along a dimension, cyclically.

    By an index: slices are views, and an exporter would note whether they are
    contiguous for the traced size as a condition on all sizes.
    """
    positions = torch.arange(count, device=x.device) + start
    # The ONNX exporter supports no remainder by a symbolic length.
    positions = torch.where(positions >= length, positions - length, positions)
    return x.index_select(dimension, positions)


def _copy(x: Tensor) -> Tensor:
    """Copy a tensor into contiguous memory.

    ``reshape`` would first ask whether it can return a view, and an exporter
    would note the answer for the traced size as a condition on all sizes.
    """
    return x.clone(memory_format=torch.contiguous_format)


class ExportablePatchMerging(nn.Module):
    """Merging of adjacent patches.

    Args:
        merging: The layer to replace; its weights are shared.
    """

    def __init__(self, merging: PatchMerging) -> None:
        super().__init__()
        self.patch_size: int = merging.sampler.kernel_size[0]
        self.norm, self.reduction = merging.norm, merging.reduction

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
        (height, width), size = input_size, self.patch_size
        batch_size, _, channels = x.shape
        rows = (height + size - 1) // size
        columns = (width + size - 1) // size
        x = x.view(batch_size, height, width, channels)
        bottom, right = rows * size - height, columns * size - width
        x = F.pad(x, (0, 0, 0, right, 0, bottom))
        x = x.view(batch_size, rows, size, columns, size, channels)
        # Channels come first within a patch, as torch's unfold has them:
        # (N, rows, columns, C, size, size)
        x = x.permute(0, 1, 3, 5, 2, 4)
        x = _copy(x).view(batch_size, rows * columns, channels * size * size)
        if self.norm is not None:
            x = self.norm(x)
        return self.reduction(x), (rows, columns)


def replace_patch_merging(merging: PatchMerging) -> nn.Module:
    """Replace patch merging if its patches neither overlap nor leave gaps.

    Returns:
        The replacement, or the layer itself.
    """
    sampler = merging.sampler
    size = sampler.kernel_size[0]
    is_adjacent = (
        merging.adap_padding is not None
        and tuple(sampler.kernel_size) == (size, size)
        and tuple(sampler.stride) == (size, size)
        and tuple(sampler.dilation) == (1, 1)
        and merging.adap_padding.padding == 'corner'
    )
    return ExportablePatchMerging(merging) if is_adjacent else merging

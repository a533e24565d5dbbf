"""Max pooling as maxima of shifted maps, for inference on a CPU.

Torch's kernel compares all places of a window and writes down, in eight bytes
a value, where the maximum stood, which only training reads. Maxima over rows,
then over columns, of maps that are shifted against each other take fewer
comparisons and keep nothing.
"""

import torch
from torch import Tensor

# What a band holds: small enough for it and its maxima to stay in a CPU's
# caches, large enough for the work to outweigh the calls.
BAND_BYTES = 2**21


def can_pool_in_bands(x: Tensor) -> bool:
    """Tell whether ``max_pool_in_bands`` takes a tensor and is worth it."""
    return (
        x.device.type == 'cpu'
        and x.is_floating_point()
        and x.layout == torch.strided
        and x.dim() == 4
        and x.numel() > 0
        # Of any other tensor the format of the result is torch's to choose.
        and (
            x.is_contiguous()
            or x.is_contiguous(memory_format=torch.channels_last)
        )
    )


def max_pool_in_bands(x: Tensor, size: int) -> Tensor:
    """Pool a feature map with stride 1, without gradient.

    Maxima over rows, then over columns, in bands of about ``BAND_BYTES``, but
    no lower than a window.

    Args:
        x: Feature map of shape (N, C, H, W), for which ``can_pool_in_bands``
            holds.
        size: Odd edge length of the windows, in pixels.

    Returns:
        A map of the shape and the memory format of ``x``.
    """
    pooled = torch.empty_like(x)
    height = x.shape[2]
    num_bands = -(-x.nbytes // BAND_BYTES)
    rows = max(size, height // num_bands)
    for top in range(0, height, rows):
        band = pooled[:, :, top : top + rows]
        over_rows = torch.empty_like(band)
        _take_maxima(x, over_rows, dim=2, start=top, reach=size // 2)
        _take_maxima(over_rows, band, dim=3, start=0, reach=size // 2)
    return pooled


def _take_maxima(
    source: Tensor, target: Tensor, *, dim: int, start: int, reach: int
) -> None:
    """Write the maxima over windows along one dimension.

    Args:
        source: What is pooled.
        target: Where to.
        dim: The dimension.
        start: Which place of ``source`` is the first one of ``target``.
        reach: How far a window reaches from its center to each side.
    """
    length, end = target.shape[dim], source.shape[dim]
    target.copy_(source.narrow(dim, start, length))
    for shift in (*range(-reach, 0), *range(1, reach + 1)):
        # Nearer to an edge there is nothing at this distance.
        first = max(0, -start - shift)
        last = min(length, end - start - shift)
        if first >= last:
            continue
        part = target.narrow(dim, first, last - first)
        shifted = source.narrow(dim, start + shift + first, last - first)
        torch.maximum(part, shifted, out=part)

"""Separable max pooling of stride 1, for inference on a CPU.

The maximum of a window is the maximum over its rows of the maxima over its
columns. Both are elementwise maxima of shifted maps: 2 * k - 2 comparisons per
pixel instead of k * k - 1, and no indices, which torch's kernel stores in
eight bytes per value although only training reads them.
"""

import torch
from torch import Tensor

# A band of rows is pooled at a time: small enough that it stays in a CPU's
# cache, large enough that the calls do not dominate.
BAND_BYTES = 2**21


def supports_separable_pooling(x: Tensor) -> bool:
    """Return whether ``separable_max_pool`` takes a tensor and is faster.

    Args:
        x: Any tensor.
    """
    return (
        x.device.type == 'cpu'
        and x.is_floating_point()
        and x.layout == torch.strided
        and x.dim() == 4
        and x.numel() > 0
        # For other strides, the memory format of the result is up to torch.
        and (
            x.is_contiguous()
            or x.is_contiguous(memory_format=torch.channels_last)
        )
    )


def separable_max_pool(x: Tensor, kernel_size: int) -> Tensor:
    """Pool a feature map with stride 1 and same padding, without gradient.

    Args:
        x: Feature map of shape (N, C, H, W), for which
            ``supports_separable_pooling`` holds.
        kernel_size: Odd edge length of the windows, in pixels.

    Returns:
        A map of shape (N, C, H, W), in the memory format of ``x``.
    """
    pooled = torch.empty_like(x)  # (N, C, H, W)
    height = x.shape[2]
    radius = kernel_size // 2
    num_bands = -(-x.nbytes // BAND_BYTES)
    # Bands lower than a window would read more rows of others than their own.
    band_height = max(kernel_size, height // num_bands)
    for top in range(0, height, band_height):
        band = pooled[:, :, top : top + band_height]  # (N, C, h, W)
        column_maxima = torch.empty_like(band)  # (N, C, h, W)
        _pool_along(x, column_maxima, dim=2, start=top, radius=radius)
        _pool_along(column_maxima, band, dim=3, start=0, radius=radius)
    return pooled


def _pool_along(
    source: Tensor, target: Tensor, *, dim: int, start: int, radius: int
) -> None:
    """Write the maxima over windows along one dimension.

    Args:
        source: Map to pool.
        target: Map to write to; may be shorter than ``source`` along ``dim``.
        dim: Dimension to pool along.
        start: Index into ``source`` of the first element of ``target``.
        radius: Elements of a window on each side of its center.
    """
    length, end = target.shape[dim], source.shape[dim]
    target.copy_(source.narrow(dim, start, length))
    for shift in (*range(-radius, 0), *range(1, radius + 1)):
        # Elements nearer to a border have no neighbor at this distance.
        first = max(0, -start - shift)
        last = min(length, end - start - shift)
        if first >= last:
            continue
        part = target.narrow(dim, first, last - first)
        shifted = source.narrow(dim, start + shift + first, last - first)
        torch.maximum(part, shifted, out=part)

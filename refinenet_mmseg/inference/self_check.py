"""Comparison of a rewritten network with the one that it was made of."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

# Heights and widths. The small one is a multiple of any network's stride. The
# larger ones are for networks that take ImageNet's size alone, as LeViT, or
# pool in large windows, as MobileNetV3's head.
SMALL = (64, 128)
LARGER = ((224, 224), (512, 512))
# Largest difference of outputs, relative to the largest output. Rounding makes
# 1e-6 to 3e-5 on a CPU; elsewhere, convolutions may round to the 10 bits of
# TF32, which makes up to 5e-3 when emulated. mmcv's folding of timm's networks
# makes 7e-3 (Xception) to 1e6 (MobileNetV2).
TOLERANCE_ON_CPU = 1e-3
TOLERANCE = 3e-2


def draw_images(shape: Sequence[int], device: torch.device | str) -> Tensor:
    """Draw from N(0, 1), the same each time, beside torch's own generator.

    Args:
        shape: Shape of the tensor.
        device: torch's name of its device.
    """
    generator = torch.Generator().manual_seed(0)
    return torch.randn(tuple(shape), generator=generator).to(device)


def run_on_small_images(model: nn.Module) -> tuple[Tensor, Tensor]:
    """Run a segmentor on random images, small if it takes any size.

    Args:
        model: A segmentor of mmseg's, in evaluation mode and float32.

    Returns:
        The images, of shape (N, 3, H, W), and their logits.

    Raises:
        ValueError: If it takes images of no size that is known, or its
            output is not finite logits.
    """
    device = next(model.parameters()).device
    sizes = [SMALL, *_named_sizes(model), *LARGER]
    for size in sizes:
        images = draw_images((2 if size == SMALL else 1, 3, *size), device)
        try:
            logits = run(model, images)
            break
        except Exception as error:
            # Of any kind: a network may fail in any of its parts.
            failure = error
    else:
        tried = ', '.join(f'{height}x{width}' for height, width in sizes)
        raise ValueError(
            f'the network cannot be tried on random images ({tried}): '
            f'{type(failure).__name__}: {failure}'
        ) from failure
    if not isinstance(logits, Tensor):
        raise ValueError(
            f'{type(model).__name__}._forward returns '
            f'{type(logits).__name__}, not logits'
        )
    if not logits.isfinite().all():
        raise ValueError(
            'the network itself computes NaN or Inf on random images: its '
            'weights or batch norm statistics are damaged, or of a training '
            'that diverged; take an earlier checkpoint'
        )
    return images, logits


def check_logits(model: nn.Module, images: Tensor, expected: Tensor) -> None:
    """Check that a rewritten segmentor computes the logits of the plain one.

    Args:
        model: The rewritten segmentor.
        images: Images of shape (N, 3, H, W).
        expected: Logits of the plain segmentor.

    Raises:
        ValueError: If they differ by more than rounding.
    """
    computed = run(model, images)
    if is_close(computed, expected):
        return
    difference = (computed - expected).abs().max()
    raise ValueError(
        'the optimized network computes other logits than the network: they '
        f'differ by up to {difference:.2g}, where the largest is '
        f'{expected.abs().max():.2g}. Its layers are built in a way that '
        'folding batch norms does not know: predict without --fast, and '
        'report the config'
    )


def is_close(computed: Tensor, expected: Tensor) -> bool:
    """Return whether two results differ by rounding only, and are finite.

    Args:
        computed: Any tensor.
        expected: A tensor of the same shape.
    """
    on_cpu = expected.device.type == 'cpu'
    tolerance = TOLERANCE_ON_CPU if on_cpu else TOLERANCE
    difference = (computed - expected).abs().max()
    return bool(difference <= tolerance * expected.abs().max())


def run(model: nn.Module, images: Tensor) -> Tensor:
    """Compute a segmentor's logits, without gradients."""
    with torch.no_grad():
        return model._forward(images)


def _named_sizes(model: nn.Module) -> list[tuple[int, int]]:
    """List the sizes of images that a network may be made for."""
    named = [getattr(module, 'img_size', None) for module in model.modules()]
    named.append((getattr(model, 'test_cfg', None) or {}).get('crop_size'))
    sizes = {
        (size, size) if isinstance(size, int) else tuple(size)
        for size in named
        if isinstance(size, int | list | tuple)
    }
    return sorted(size for size in sizes if len(size) == 2)

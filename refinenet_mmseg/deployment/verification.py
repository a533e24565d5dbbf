"""Compare an exported program with the network that it was made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from .images import make_input, normalize, read_rgb
from .program import find_plain_head
from .running import LoadedProgram

LOGITS_TOLERANCE = 1e-4  # in fp32
LABELS_AGREEMENT = 0.999


@dataclass(frozen=True)
class Agreement:
    """How far a program agrees with its network on an image.

    Args:
        image: The image's name.
        difference: The largest absolute difference of two logits; None
            where the program returns labels.
        scale: The largest absolute logit of the network.
        agreement: Share of the pixels with equal labels.
    """

    image: str
    difference: float | None
    scale: float
    agreement: float

    @property
    def holds(self) -> bool:
        """Whether the program computes the same in fp32.

        The tolerance grows with logits that are larger than 1, whose last
        digits fp32 does not hold.
        """
        allowed = LOGITS_TOLERANCE * max(1.0, self.scale)
        close = self.difference is None or self.difference <= allowed
        return close and self.agreement >= LABELS_AGREEMENT

    def __str__(self) -> str:
        text = f'{self.image}: labels equal on {self.agreement:.3%}'
        if self.difference is not None:
            text += f', logits within {self.difference:.1e}'
        return text


def verify(
    program: LoadedProgram, model: nn.Module, images: Sequence[Path]
) -> list[Agreement]:
    """Compare a program with its network on images of their own size.

    Args:
        program: The program.
        model: The segmentor that it was made of.
        images: Image files.

    Raises:
        ValueError: If the program does not take an image.
    """
    return [
        compare(program, model, read_rgb(path), path.name) for path in images
    ]


def compare(
    program: LoadedProgram, model: nn.Module, image: np.ndarray, name: str
) -> Agreement:
    """Compare a program with its network on one image.

    Args:
        program: The program.
        model: The segmentor that it was made of.
        image: RGB, of shape (H, W, 3), unsigned 8 bit.
        name: What to call it.

    Raises:
        ValueError: If the program does not take the image.
    """
    metadata = program.metadata
    computed = program(make_input(image, metadata))
    expected = logits_of(model, normalize(image, metadata))
    labels, difference = computed, None
    if metadata['output'] == 'logits':
        difference = float(np.abs(computed - expected).max())
        labels = label(computed, metadata['threshold'])
    equal = labels == label(expected, metadata['threshold'])
    return Agreement(
        name, difference, float(np.abs(expected).max()), float(equal.mean())
    )


def logits_of(model: nn.Module, image: np.ndarray) -> np.ndarray:
    """Compute a segmentor's logits at the size of an image.

    Args:
        model: A segmentor of mmseg's.
        image: Normalized, of shape (H, W, 3).

    Returns:
        Logits of shape (1, classes, H, W).
    """
    images = torch.from_numpy(image.transpose(2, 0, 1)[None].copy())
    head = find_plain_head(model)
    with torch.no_grad():
        logits = F.interpolate(
            model.eval()._forward(images),
            images.shape[2:],
            mode='bilinear',
            align_corners=head.align_corners,
        )
    return logits.numpy()


def label(logits: np.ndarray, threshold: float | None) -> np.ndarray:
    """Give the labels of logits, of shape (N, H, W).

    Args:
        logits: Of shape (N, classes, H, W).
        threshold: Of the sigmoid of a single logit; None for several.
    """
    if threshold is None:
        return logits.argmax(1)
    return 1 / (1 + np.exp(-logits[:, 0])) > threshold

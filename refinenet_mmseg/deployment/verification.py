"""Verification of an exported program: its outputs and its score.

Torch's own check of an export compares the ONNX model in memory with the
traced program. Here the written file, in any format and precision, is
compared with the network, on real images.
"""

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from mmseg.evaluation import IoUMetric
from mmseg.registry import DATASETS
from rich.progress import track
from torch import nn
from torch.utils.data import Subset

from ..config_checks import require_keys
from ..images import IGNORED_LABEL, evenly_spaced
from ..inference.drawing import read_image
from .exportable_segmentor import find_exportable_head
from .program import LoadedProgram, make_input, normalize

LOGITS_TOLERANCE = 1e-4  # in fp32
MIN_EQUAL_LABELS = 0.999


@dataclass(frozen=True)
class Comparison:
    """Comparison of a program with its network on one image.

    Args:
        image: Name of the image.
        max_difference: Largest absolute difference of two logits; None
            where the program returns labels.
        max_logit: Largest absolute logit of the network.
        equal_labels: Share of the pixels whose labels are equal.
    """

    image: str
    max_difference: float | None
    max_logit: float
    equal_labels: float

    @property
    def passes(self) -> bool:
        """Return whether the program computes the same in fp32.

        The tolerance grows with logits above 1: fp32 holds fewer of their
        decimal places.
        """
        tolerance = LOGITS_TOLERANCE * max(1.0, self.max_logit)
        return self.equal_labels >= MIN_EQUAL_LABELS and (
            self.max_difference is None or self.max_difference <= tolerance
        )

    def __str__(self) -> str:
        text = f'{self.image}: labels equal on {self.equal_labels:.3%}'
        if self.max_difference is not None:
            text += f', logits within {self.max_difference:.1e}'
        return text


def verify(
    program: LoadedProgram, model: nn.Module, images: Sequence[Path]
) -> list[Comparison]:
    """Compare a program with its network on images, each at its own size.

    Args:
        program: The program.
        model: The segmentor that was exported.
        images: Image files.

    Raises:
        ValueError: If the program does not take an image.
    """
    return [
        compare(program, model, read_image(path), path.name) for path in images
    ]


def compare(
    program: LoadedProgram, model: nn.Module, image: np.ndarray, name: str
) -> Comparison:
    """Compare a program with its network on one image.

    Args:
        program: The program.
        model: The segmentor that was exported.
        image: An RGB array of shape (H, W, 3), in unsigned 8 bit.
        name: Name of the image.

    Raises:
        ValueError: If the program does not take the image.
    """
    metadata = program.metadata
    output = program(make_input(image, metadata))
    logits = compute_logits(model, normalize(image, metadata))
    max_difference = None
    if metadata['output'] == 'logits':
        max_difference = float(np.abs(output - logits).max())
        output = label_logits(output, metadata['threshold'])
    labels = label_logits(logits, metadata['threshold'])
    return Comparison(
        name,
        max_difference,
        max_logit=float(np.abs(logits).max()),
        equal_labels=float((output == labels).mean()),
    )


def select_test_images(model: nn.Module, count: int) -> Subset[Any]:
    """Select images of the config's test data set, evenly spaced.

    Args:
        model: A segmentor from ``load_segmentor``.
        count: Number of images; all are selected where there are fewer.

    Raises:
        ValueError: If the number is below 1, or the config has no test data
            set.
    """
    if count < 1:
        raise ValueError(f'--score must be at least 1, got {count}')
    require_keys(model.cfg, '--score', 'test_dataloader.dataset')
    dataset = DATASETS.build(copy.deepcopy(model.cfg.test_dataloader.dataset))
    return Subset(dataset, evenly_spaced(len(dataset), count))


def score(
    program: LoadedProgram, model: nn.Module, images: Subset[Any]
) -> tuple[float, float]:
    """Compute the mIoU of a network and of its program.

    Both see each image whole, as the config's test pipeline makes it.

    Args:
        program: The program.
        model: The segmentor that was exported, from ``load_segmentor``.
        images: Test images, as :func:`select_test_images` returns them.

    Returns:
        The mIoU of the network and of the program, in percent.

    Raises:
        ValueError: If the program does not take an image.
    """
    metadata = program.metadata
    num_classes = len(model.dataset_meta['classes'])
    areas = np.zeros((2, 2, num_classes))  # (models, areas, classes)
    for sample in track(images, description='Scoring'):
        # mmseg's pipelines load BGR.
        image = sample['inputs'].numpy()[::-1].transpose(1, 2, 0)
        image = np.ascontiguousarray(image)
        truth = sample['data_samples'].gt_sem_seg.data[0]
        logits = compute_logits(model, normalize(image, metadata))
        output = program(make_input(image, metadata))
        if metadata['output'] == 'logits':
            output = label_logits(output, metadata['threshold'])
        labels = label_logits(logits, metadata['threshold'])
        for row, prediction in zip(areas, (labels, output), strict=True):
            intersection, union, _, _ = IoUMetric.intersect_and_union(
                _resize_labels(prediction, truth.shape),
                truth,
                num_classes,
                IGNORED_LABEL,
            )
            row += np.stack((intersection.numpy(), union.numpy()))
    with np.errstate(invalid='ignore'):  # classes that are nowhere
        mean = 100 * np.nanmean(areas[:, 0] / areas[:, 1], axis=1)
    return float(mean[0]), float(mean[1])


def compute_logits(model: nn.Module, image: np.ndarray) -> np.ndarray:
    """Compute a segmentor's logits at the size of an image.

    Args:
        model: A segmentor of mmseg's.
        image: A normalized array of shape (H, W, 3).

    Returns:
        Logits of shape (1, classes, H, W).
    """
    images = torch.from_numpy(image.transpose(2, 0, 1)[None].copy())
    head = find_exportable_head(model)
    with torch.no_grad():
        logits = F.interpolate(
            model.eval()._forward(images),
            images.shape[2:],
            mode='bilinear',
            align_corners=head.align_corners,
        )
    return logits.numpy()


def label_logits(logits: np.ndarray, threshold: float | None) -> np.ndarray:
    """Return the labels that logits mean.

    Args:
        logits: Logits of shape (N, classes, H, W).
        threshold: Threshold of a single logit's sigmoid; None for several
            logits.

    Returns:
        Labels of shape (N, H, W).
    """
    if threshold is None:
        return logits.argmax(1)
    return 1 / (1 + np.exp(-logits[:, 0])) > threshold


def _resize_labels(labels: np.ndarray, shape: torch.Size) -> torch.Tensor:
    """Resize labels to the truth, whose size a test pipeline may keep.

    Args:
        labels: Labels of shape (1, h, w).
        shape: Height and width of the truth.

    Returns:
        Labels of shape (H, W).
    """
    tensor = torch.from_numpy(labels.astype(np.float32))[None]
    return F.interpolate(tensor, tuple(shape))[0, 0].long()

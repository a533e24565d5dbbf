"""mIoU of an exported program, beside that of its network."""

import copy

import numpy as np
import torch
from mmengine.dataset import BaseDataset
from mmseg.evaluation import IoUMetric
from mmseg.registry import DATASETS
from rich.progress import track
from torch import nn

from .images import make_input, normalize
from .running import LoadedProgram
from .verification import label, logits_of

IGNORED = 255


def choose_samples(
    model: nn.Module, num_images: int
) -> tuple[BaseDataset, list[int]]:
    """Choose the images to score on, evenly spaced over the test data set.

    Args:
        model: A segmentor from ``load_model``.
        num_images: How many images are asked for.

    Returns:
        The data set, and the chosen places in it.

    Raises:
        ValueError: If they are none, or the config has no test data set.
    """
    if num_images < 1:
        raise ValueError(f'--score must be at least 1, got {num_images}')
    if not model.cfg.get('test_dataloader'):
        raise ValueError('the config has no test_dataloader to score on')
    config = copy.deepcopy(model.cfg.test_dataloader.dataset)
    dataset = DATASETS.build(config)
    count = min(num_images, len(dataset))
    indices = np.linspace(0, len(dataset) - 1, count).round().astype(int)
    return dataset, indices.tolist()


def score(
    program: LoadedProgram, model: nn.Module, num_images: int
) -> tuple[float, float]:
    """Give the mIoU of a network and of its program on test images.

    Both see the images that the config's test pipeline makes, one at a time
    and whole, and their labels are compared at that size.

    Args:
        program: The program.
        model: The segmentor that it was made of, from ``load_model``.
        num_images: How many images, evenly spaced over the test data set.

    Returns:
        Both in percent, the network's first.

    Raises:
        ValueError: If the config has no test data set, or the program does
            not take its images.
    """
    dataset, indices = choose_samples(model, num_images)
    num_classes = len(model.dataset_meta['classes'])
    metadata = program.metadata
    areas = np.zeros((2, 2, num_classes))
    for index in track(indices, description='Scoring'):
        sample = dataset[index]
        # mmseg's pipelines load BGR.
        image = sample['inputs'].numpy()[::-1].transpose(1, 2, 0)
        image = np.ascontiguousarray(image)
        truth = sample['data_samples'].gt_sem_seg.data[0]
        expected = logits_of(model, normalize(image, metadata))
        computed = program(make_input(image, metadata))
        if metadata['output'] == 'logits':
            computed = label(computed, metadata['threshold'])
        for row, labels in enumerate(
            (label(expected, metadata['threshold']), computed)
        ):
            intersection, union, _, _ = IoUMetric.intersect_and_union(
                _at_size(labels[0], truth.shape), truth, num_classes, IGNORED
            )
            areas[row] += intersection.numpy(), union.numpy()
    with np.errstate(invalid='ignore'):
        mean = 100 * np.nanmean(areas[:, 0] / areas[:, 1], axis=1)
    return float(mean[0]), float(mean[1])


def _at_size(labels: np.ndarray, shape: torch.Size) -> torch.Tensor:
    """Give labels the size of the truth, which pipelines may not resize."""
    tensor = torch.from_numpy(labels.astype(np.float32))[None, None]
    return nn.functional.interpolate(tensor, tuple(shape))[0, 0].long()

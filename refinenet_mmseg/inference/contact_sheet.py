"""Image, truth and prediction of a few test images on one sheet."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from mmcv.transforms import LoadAnnotations
from mmengine import Config
from mmengine.dataset import Compose
from mmseg.evaluation import IoUMetric
from mmseg.registry import DATASETS
from rich.progress import track
from torch import nn
from torch.utils.data import Dataset

from ..atomic_io import atomic_write
from .drawing import (
    IGNORED_COLORS,
    IGNORED_VALUE,
    Palette,
    color_labels,
    read_image,
)
from .loading import load_model
from .predict import make_writable, predict_labels

WIDTH, DPI = 12.0, 150  # inches, dots per inch
MAX_PIXELS = 65_000  # matplotlib draws no figure of 2 ** 16 pixels or more


class Sample(NamedTuple):
    """One row of the sheet: file name, RGB image and two label maps."""

    name: str
    image: np.ndarray
    truth: np.ndarray
    prediction: np.ndarray


def draw_contact_sheet(
    config: str | Path | Config,
    checkpoint: str | Path,
    out_file: str | Path,
    num_images: int = 8,
    device: str | None = None,
    cfg_options: dict[str, Any] | None = None,
) -> Path:
    """Draw evenly spaced images of the config's test data set.

    A row shows the image, its truth and its prediction. Pixels whose label
    is no class are striped in the truth and not counted in the scores.

    Args:
        config: Config of the model and its test data set, or its file.
        checkpoint: Weights of the model, a local file.
        out_file: PNG to write, in one step; its folder is made where missing.
        num_images: Number of rows; all images if there are fewer. Default: 8.
        device: torch device. Default: cuda where there is one, else cpu.
        cfg_options: Overrides of config keys. Default: none.

    Returns:
        The file written.

    Raises:
        FileNotFoundError: If an input is missing.
        ValueError: If an input does not fit.
    """
    out_file = Path(out_file)
    if out_file.suffix.lower() != '.png':
        raise ValueError(f'the contact sheet is a PNG, but got {out_file}')
    if num_images < 1:
        raise ValueError(f'num_images must be at least 1, got {num_images}')
    model = load_model(config, checkpoint, device, cfg_options)
    make_writable(out_file.parent)
    if 'test_dataloader' not in model.cfg:
        raise ValueError('the config has no test_dataloader to take images of')
    try:
        dataset = DATASETS.build(model.cfg.test_dataloader.dataset)
    except ValueError as error:  # an empty one: mmengine has nothing to pack
        raise ValueError(
            f'cannot read the test data set ({error}); has it any images?'
        ) from error
    classes = dataset.metainfo['classes']
    found, expected = len(classes), len(model.dataset_meta['classes'])
    if found != expected:
        raise ValueError(f'{found} classes to test, {expected} in the model')
    samples = _predict_samples(model, dataset, num_images)
    figure = _draw_figure(samples, classes, dataset.metainfo['palette'])
    with atomic_write(out_file) as beside:
        figure.savefig(beside, format='png')
    return out_file


def _predict_samples(
    model: nn.Module, dataset: Dataset, num_images: int
) -> list[Sample]:
    """Read evenly spaced images of a data set and predict them."""
    pipeline = model.cfg.test_dataloader.dataset.get('pipeline')
    if pipeline is not None:  # a data set of data sets has none of its own
        model.cfg.test_pipeline = pipeline
    steps = Compose(model.cfg.test_pipeline).transforms
    loaders = [step for step in steps if isinstance(step, LoadAnnotations)]
    if not loaders:
        raise ValueError('the test pipeline has no LoadAnnotations step')
    count = min(num_images, len(dataset))
    indices = np.linspace(0, len(dataset) - 1, count).round().astype(int)
    infos = [dataset.get_data_info(index) for index in indices.tolist()]
    # Before the first prediction: a label file may be missing.
    truths = [loaders[0](info)['gt_seg_map'] for info in infos]

    samples: list[Sample] = []
    ignored = getattr(dataset, 'ignore_index', IGNORED_VALUE)
    num_classes = len(dataset.metainfo['classes'])
    pairs = list(zip(infos, truths, strict=True))
    for info, truth in track(pairs, description='Predicting'):
        path = Path(info['img_path'])
        image = read_image(path)
        if image is None:
            raise ValueError(f'cannot read the image {path}')
        prediction = predict_labels(model, path)
        if not image.shape[:2] == truth.shape == prediction.shape:
            raise ValueError(
                f'{path} has size {image.shape[:2]}, its labels '
                f'{truth.shape}, its prediction {prediction.shape}'
            )
        truth[(truth == ignored) | (truth >= num_classes)] = IGNORED_VALUE
        samples.append(Sample(path.stem, image, truth, prediction))
    return samples


def _draw_figure(
    samples: Sequence[Sample], names: Sequence[str], palette: Palette
) -> Figure:
    """Draw one row a sample, and a legend of all classes below them."""
    widest = max(map(len, names))
    columns = max(1, min(len(names) + 1, int(WIDTH / (0.6 + 0.08 * widest))))
    legend_height = 0.2 * math.ceil((len(names) + 1) / columns) + 0.2
    sizes = [sample.truth.shape for sample in samples]
    ratios = [height / width for height, width in sizes]
    height = sum(ratios) * WIDTH / 3 + 0.3 * len(samples) + legend_height
    figure = Figure(
        figsize=(WIDTH, height),
        dpi=min(DPI, MAX_PIXELS / height),
        layout='constrained',
    )
    grid = figure.subplots(len(sizes), 3, squeeze=False, height_ratios=ratios)
    for axes, sample in zip(grid, samples, strict=True):
        scores = _describe_scores(sample, len(names))
        titles = (sample.name, 'truth', f'prediction: {scores}')
        pictures = (
            sample.image,
            color_labels(sample.truth, palette),
            color_labels(sample.prediction, palette),
        )
        for axis, title, picture in zip(axes, titles, pictures, strict=True):
            axis.imshow(picture, interpolation='nearest')
            axis.set_title(title, fontsize=9, parse_math=False)
            axis.set_axis_off()
    colors = np.divide(palette, 255)
    patches = [Patch(fc=color, ec='black', lw=0.5) for color in colors]
    light, dark = IGNORED_COLORS / 255
    patches.append(Patch(fc=light, ec=dark, hatch='/////', lw=0.5))
    figure.legend(
        patches,
        [*names, 'ignored'],
        loc='outside lower center',
        ncols=columns,
        fontsize=9,
        frameon=False,
    )
    return figure


def _describe_scores(sample: Sample, num_classes: int) -> str:
    """Give the mean IoU over the classes that occur, and the accuracy."""
    intersection, union, _, truth = IoUMetric.intersect_and_union(
        torch.from_numpy(sample.prediction),
        torch.from_numpy(sample.truth),
        num_classes,
        IGNORED_VALUE,
    )
    if not truth.sum():
        return 'no labeled pixel'
    accuracy = intersection.sum() / truth.sum()
    mean_iou = (intersection / union).nanmean()
    return f'mIoU {mean_iou:.1%}, pixel accuracy {accuracy:.1%}'

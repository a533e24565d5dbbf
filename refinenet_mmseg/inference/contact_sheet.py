"""Contact sheet: image, truth and prediction of a few test images."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from mmcv.transforms import LoadAnnotations
from mmengine import Config
from mmengine.dataset import Compose
from mmseg.evaluation import IoUMetric
from mmseg.registry import DATASETS
from PIL import Image, ImageDraw
from rich.progress import track
from torch import nn
from torch.utils.data import Dataset

from ..atomic_io import atomic_write, make_output_folder
from ..config_checks import require_keys
from ..configs import use_strict_loading
from ..images import IGNORED_LABEL, evenly_spaced
from .drawing import (
    Palette,
    color_labels,
    draw_legend,
    load_font,
    read_image,
)
from .loading import load_segmentor
from .prediction import Predictor

# All in pixels
WIDTH, GAP, FONT_SIZE = 1800, 12, 19
MAX_HEIGHT = 65_000  # higher images are refused by many viewers


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
    trust_checkpoint: bool = False,
) -> Path:
    """Draw evenly spaced images of the config's test data set.

    A row shows the image, its truth and its prediction. Pixels whose label
    is no class are striped in the truth and not counted in the scores.

    Args:
        config: Config of the model and its test data set, or its file.
        checkpoint: Weights of the model, a local file.
        out_file: PNG to write; its folder is created if missing.
        num_images: Number of rows; all images if there are fewer. Default: 8.
        device: torch's name of the device. Default: CUDA if there is one.
        cfg_options: Overrides of config keys. Default: None.
        trust_checkpoint: Whether to load objects that could run code.
            Default: False.

    Returns:
        The file written.

    Raises:
        FileNotFoundError: If an input is missing.
        OSError: If an image or a label map cannot be read.
        ValueError: If an input does not fit.
    """
    out_file = Path(out_file)
    if out_file.suffix.lower() != '.png':
        raise ValueError(f'the contact sheet is a PNG, but got {out_file}')
    if num_images < 1:
        raise ValueError(f'num_images must be at least 1, got {num_images}')
    model = load_segmentor(
        config, checkpoint, device, cfg_options, trust_checkpoint
    )
    require_keys(model.cfg, 'a contact sheet', 'test_dataloader.dataset')
    make_output_folder(out_file.parent)
    try:
        dataset = DATASETS.build(model.cfg.test_dataloader.dataset)
    except UnicodeDecodeError:
        raise
    except ValueError as error:  # an empty one: mmengine has nothing to pack
        raise ValueError(
            f'cannot read the test data set ({error}); has it any images?'
        ) from error
    classes = dataset.metainfo['classes']
    found, expected = len(classes), len(model.dataset_meta['classes'])
    if found != expected:
        raise ValueError(f'{found} classes to test, {expected} in the model')
    samples = _predict_samples(model, dataset, num_images)
    sheet = _draw_sheet(samples, classes, dataset.metainfo['palette'])
    with atomic_write(out_file) as partial:
        sheet.save(partial)
    return out_file


def _predict_samples(
    model: nn.Module, dataset: Dataset, num_images: int
) -> list[Sample]:
    """Read evenly spaced images of a data set and predict them."""
    # A data set of data sets has no pipeline of its own.
    pipeline = model.cfg.test_dataloader.dataset.get('pipeline')
    pipeline = model.cfg.test_pipeline if pipeline is None else pipeline
    steps = Compose(use_strict_loading(pipeline)).transforms
    loaders = [step for step in steps if isinstance(step, LoadAnnotations)]
    if not loaders:
        raise ValueError('the test pipeline has no LoadAnnotations step')
    indices = evenly_spaced(len(dataset), num_images)
    infos = [dataset.get_data_info(index) for index in indices]
    # Before the first prediction: a label file may be missing.
    truths = [loaders[0](info)['gt_seg_map'] for info in infos]

    samples: list[Sample] = []
    # Upright, as the images are shown.
    predict = Predictor(model, pipeline, apply_exif_orientation=True)
    ignored = getattr(dataset, 'ignore_index', IGNORED_LABEL)
    num_classes = len(dataset.metainfo['classes'])
    pairs = list(zip(infos, truths, strict=True))
    for info, truth in track(pairs, description='Predicting'):
        path = Path(info['img_path'])
        image = read_image(path)
        prediction = predict(path)
        if not image.shape[:2] == truth.shape == prediction.shape:
            raise ValueError(
                f'{path} has size {image.shape[:2]}, its labels '
                f'{truth.shape}, its prediction {prediction.shape}'
            )
        truth[(truth == ignored) | (truth >= num_classes)] = IGNORED_LABEL
        samples.append(Sample(path.stem, image, truth, prediction))
    return samples


def _draw_sheet(
    samples: Sequence[Sample], names: Sequence[str], palette: Palette
) -> Image.Image:
    """Draw a row for each sample, and a legend of all classes below."""
    legend = draw_legend([*names, 'ignored'], palette, FONT_SIZE, width=WIDTH)
    title_height = round(1.6 * FONT_SIZE)
    column = (WIDTH - 4 * GAP) // 3
    ratios = [s.truth.shape[0] / s.truth.shape[1] for s in samples]
    spare = MAX_HEIGHT - legend.height - len(samples) * (title_height + GAP)
    width = max(1, min(column, int(spare / sum(ratios))))
    heights = [max(1, round(width * ratio)) for ratio in ratios]

    rows_height = sum(heights) + len(samples) * (title_height + GAP)
    size = (max(WIDTH, legend.width), rows_height + legend.height)
    sheet = Image.new('RGB', size, 'white')
    font = load_font(FONT_SIZE)
    top = 0
    for sample, height in zip(samples, heights, strict=True):
        titles = (
            sample.name,
            'truth',
            f'prediction: {_describe_scores(sample, len(names))}',
        )
        pictures = (
            sample.image,
            color_labels(sample.truth, palette),
            color_labels(sample.prediction, palette),
        )
        panels = zip(titles, pictures, strict=True)
        for i, (title, picture) in enumerate(panels):
            # On a canvas of its own, which cuts a title that is too long.
            panel = Image.new('RGB', (column, title_height + height), 'white')
            ImageDraw.Draw(panel).text(
                (0, title_height // 2), title, 'black', font, anchor='lm'
            )
            resized = Image.fromarray(picture).resize(
                (width, height), Image.Resampling.NEAREST
            )
            panel.paste(resized, (0, title_height))
            sheet.paste(panel, (GAP + i * (column + GAP), top))
        top += title_height + height + GAP
    sheet.paste(legend, (0, top))
    return sheet


def _describe_scores(sample: Sample, num_classes: int) -> str:
    """Return the mean IoU over the classes that occur, and the accuracy."""
    intersection, union, _, truth = IoUMetric.intersect_and_union(
        torch.from_numpy(sample.prediction),
        torch.from_numpy(sample.truth),
        num_classes,
        IGNORED_LABEL,
    )
    if not truth.sum():
        return 'no labeled pixel'
    accuracy = intersection.sum() / truth.sum()
    mean_iou = (intersection / union).nanmean()
    return f'mIoU {mean_iou:.1%}, pixel accuracy {accuracy:.1%}'

"""Scores and label maps of a validation or test."""

import math
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.dist import collect_results, get_world_size, is_main_process
from mmengine.evaluator import Evaluator
from mmengine.runner import BaseLoop
from mmseg.evaluation import IoUMetric
from PIL import Image

from ...atomic_io import atomic_write
from ...images import evenly_spaced
from .result_file import NoResultError

BOUNDARY_SCORE = re.compile(r'(?:.*/)?boundary_mIoU_([0-9]+)px')
SCORES = ('mIoU', 'mAcc', 'aAcc')


class ScoreCollector:
    """Collect scores and predictions while a validation or test runs.

    Args:
        num_label_maps: Number of images whose predictions are kept.
    """

    def __init__(self, num_label_maps: int) -> None:
        self._label_maps = LabelMapCollector(num_label_maps)
        self._class_iou: dict[str, float | None] = {}

    def begin(self, loop: BaseLoop) -> None:
        """Choose the images whose predictions are kept."""
        self._label_maps.choose(loop.dataloader.dataset)

    def add_batch(
        self, loop: BaseLoop, batch_idx: int, predictions: Sequence[Any]
    ) -> None:
        """Collect the predictions and the IoU of each class.

        Args:
            loop: The validation or test.
            batch_idx: Index of the batch.
            predictions: Its data samples.
        """
        self._label_maps.add(predictions)
        if batch_idx + 1 < len(loop.dataloader):
            return
        self._label_maps.gather()
        metric = find_metric(loop.evaluator)
        if metric is not None:
            self._class_iou = compute_class_iou(
                metric, len(loop.dataloader.dataset)
            )

    def finish(
        self, loop: BaseLoop, metrics: dict[str, Any]
    ) -> dict[str, Any]:
        """Return the scores.

        Args:
            loop: The validation or test.
            metrics: Results of its evaluator.

        Returns:
            The fields of a result about scores; empty if the evaluator does
            not compute them.
        """
        metric = find_metric(loop.evaluator)
        if metric is None:
            return {}
        return dict(
            select_scores(metric, metrics), per_class_iou=self._class_iou
        )

    def write_label_maps(self, folder: Path) -> dict[str, Any]:
        """Write the label maps, in the first process only.

        Returns:
            The field ``pictures`` of a result; nothing if no label maps are
            wanted.
        """
        if not self._label_maps.count:
            return {}
        written = self._label_maps.write(folder) if is_main_process() else []
        return dict(pictures=written)


class LabelMapCollector:
    """Collect the predictions of evenly spaced images as label maps.

    Args:
        count: Number of images at most.
    """

    def __init__(self, count: int) -> None:
        self.count = count
        self._chosen: set[str] = set()
        self._label_maps: dict[str, np.ndarray] = {}

    def choose(self, dataset: Any) -> None:
        """Choose the images, and forget earlier label maps."""
        self._chosen = {
            dataset.get_data_info(index)['img_path']
            for index in evenly_spaced(len(dataset), self.count)
        }
        self._label_maps = {}

    def add(self, predictions: Iterable[Any]) -> None:
        """Keep the label maps of the chosen images in a batch.

        Args:
            predictions: Data samples with labels of shape ``(1, H, W)``.
        """
        for sample in predictions:
            if sample.img_path in self._chosen:
                labels = sample.pred_sem_seg.data.squeeze(0)  # (H, W)
                self._label_maps[Path(sample.img_path).stem] = (
                    labels.cpu().numpy().astype(np.uint8)
                )

    def gather(self) -> None:
        """Gather the label maps of all processes in the first one."""
        if self.count:
            parts = collect_results([self._label_maps], get_world_size())
            self._label_maps = {
                name: labels
                for part in parts or []
                for name, labels in part.items()
            }

    def write(self, folder: Path) -> list[dict[str, str]]:
        """Write the label maps as gray PNGs.

        The values are indices of ``classes``: with ``reduce_zero_label``, one
        less than in the dataset's own files.

        Args:
            folder: The folder; made if it is missing.

        Returns:
            The field ``pictures`` of a result in the folder above.
        """
        pictures = []
        for name, labels in sorted(self._label_maps.items()):
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / f'{name}.png'
            with atomic_write(path) as partial:
                Image.fromarray(labels).save(partial)
            pictures.append(
                dict(name=name, prediction=f'{folder.name}/{path.name}')
            )
        return pictures


def find_metric(evaluator: Evaluator) -> IoUMetric | None:
    """Find mmseg's ``IoUMetric`` among the metrics of an evaluator.

    Returns:
        The first that computes mIoU; None if there is none.
    """
    for metric in evaluator.metrics:
        if isinstance(metric, IoUMetric) and not metric.format_only:
            names = metric.metrics
            if 'mIoU' in ([names] if isinstance(names, str) else names):
                return metric
    return None


def check_metric(evaluator: Evaluator) -> None:
    """Check that an evaluator computes what a result needs.

    Raises:
        NoResultError: If it has no ``IoUMetric`` that computes mIoU.
    """
    if find_metric(evaluator) is None:
        names = ', '.join(
            type(metric).__name__ for metric in evaluator.metrics
        )
        raise NoResultError(
            f'its evaluator ({names}) has no IoUMetric that computes mIoU'
        )


def compute_class_iou(
    metric: IoUMetric, num_images: int
) -> dict[str, float | None]:
    """Compute the IoU of each class, which mmseg's metric only prints.

    ``IoUMetric`` keeps intersection and union of each image in ``results``
    until it is evaluated. Reading them there avoids another metric in
    every config.

    Args:
        metric: The metric after the last image; every process must call this.
        num_images: Number of images in the dataset.

    Returns:
        Percentages, None for a class in neither truth nor prediction; empty
        in all processes but the first.
    """
    device = metric.collect_device
    folder = metric.collect_dir if device == 'cpu' else None
    results = collect_results(
        list(metric.results), num_images, device, tmpdir=folder
    )
    if results is None:
        return {}
    intersections, unions = (
        sum(part.double().cpu() for part in parts)
        for parts in list(zip(*results, strict=True))[:2]
    )
    return {
        str(name): _round(100 * float(intersection / union))
        for name, intersection, union in zip(
            metric.dataset_meta['classes'], intersections, unions, strict=True
        )
    }


def select_scores(
    metric: IoUMetric, metrics: dict[str, Any]
) -> dict[str, Any]:
    """Select the scores of a result from those of an evaluator.

    Args:
        metric: mmseg's metric of the evaluator.
        metrics: Results of the evaluator.

    Returns:
        The fields ``metrics``, ``boundary`` and ``ignore_index``.
    """
    prefix = f'{metric.prefix}/' if metric.prefix else ''
    boundary = {
        match[1]: _round(value)
        for key, value in metrics.items()
        if (match := BOUNDARY_SCORE.fullmatch(key))
    }
    return dict(
        metrics={key: _round(metrics[prefix + key]) for key in SCORES},
        boundary=boundary or None,
        ignore_index=metric.ignore_index,
    )


def _round(percentage: float) -> float | None:
    """Round as mmseg does; return None for NaN."""
    return None if math.isnan(percentage) else round(float(percentage), 2)

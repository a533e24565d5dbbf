"""The scores of a validation or test, of each class too."""

import math
import re
from typing import Any

from mmengine.dist import collect_results
from mmengine.evaluator import Evaluator
from mmseg.evaluation import IoUMetric

from .guard import NoResultError

_BAND = re.compile(r'(?:.*/)?boundary_mIoU_([0-9]+)px')
_SCORES = ('mIoU', 'mAcc', 'aAcc')


def find_metric(evaluator: Evaluator) -> IoUMetric | None:
    """Find mmseg's metric among those of an evaluator.

    Args:
        evaluator: Of the validation or the test.

    Returns:
        The first that computes mIoU; None where there is none.
    """
    for metric in evaluator.metrics:
        if isinstance(metric, IoUMetric) and not metric.format_only:
            wanted = metric.metrics
            if 'mIoU' in ([wanted] if isinstance(wanted, str) else wanted):
                return metric
    return None


def no_scores(evaluator: Evaluator) -> NoResultError:
    """Make the error for an evaluator without mmseg's metric.

    Args:
        evaluator: The evaluator.
    """
    names = ', '.join(type(metric).__name__ for metric in evaluator.metrics)
    return NoResultError(
        f'its evaluator ({names}) has no IoUMetric that computes mIoU'
    )


def collect_class_iou(
    metric: IoUMetric, num_images: int
) -> dict[str, float | None]:
    """Compute the IoU of each class before the metric throws its parts away.

    mmseg's ``IoUMetric`` prints these numbers and returns their mean alone.
    It keeps intersection and union of each image in ``results`` until it is
    evaluated; reading them spares every config a metric of our own.

    Args:
        metric: After the last image; called in every process.
        num_images: Images in the data set.

    Returns:
        Percentages, None for a class that is neither in a truth nor in a
        prediction; empty in all processes but the first.
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
        str(name): _percentage(100 * float(intersection / union))
        for name, intersection, union in zip(
            metric.dataset_meta['classes'], intersections, unions, strict=True
        )
    }


def pick_scores(metric: IoUMetric, metrics: dict[str, Any]) -> dict[str, Any]:
    """Pick what a result tells of an evaluator's scores.

    Args:
        metric: mmseg's metric of the evaluator.
        metrics: What the evaluator returned.

    Returns:
        The fields ``metrics``, ``boundary`` and ``ignore_index``.
    """
    prefix = f'{metric.prefix}/' if metric.prefix else ''
    bands = {
        match[1]: _percentage(value)
        for key, value in metrics.items()
        if (match := _BAND.fullmatch(key))
    }
    return dict(
        metrics={key: _percentage(metrics[prefix + key]) for key in _SCORES},
        boundary=bands or None,
        ignore_index=metric.ignore_index,
    )


def _percentage(value: float) -> float | None:
    """Round as mmseg does; None for what is not a number."""
    return None if math.isnan(value) else round(float(value), 2)

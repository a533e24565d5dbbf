"""Metrics that mmseg lacks, and the result files of finished runs."""

from .results.result_hook import ResultHook
from .trimap_iou_metric import TrimapIoUMetric

__all__ = ['ResultHook', 'TrimapIoUMetric']

"""Scores that mmseg lacks, and the result file of a finished run."""

from .results.result_hook import ResultHook
from .trimap_iou_metric import TrimapIoUMetric

__all__ = ['ResultHook', 'TrimapIoUMetric']

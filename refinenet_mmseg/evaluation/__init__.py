"""What mmseg does not measure."""

from .trimap_iou_metric import TrimapIoUMetric

__all__ = ['TrimapIoUMetric']

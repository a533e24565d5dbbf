"""Backbones that mmseg does not have."""

from .fully_expanded_mobilenet_v2 import FullyExpandedMobileNetV2
from .multi_scale_backbone import MultiScaleBackbone

__all__ = [
    'FullyExpandedMobileNetV2',
    'MultiScaleBackbone',
]

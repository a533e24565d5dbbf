"""Backbones and a weight initializer that mmseg does not have."""

from .fully_expanded_mobilenet_v2 import FullyExpandedMobileNetV2
from .multi_scale_backbone import MultiScaleBackbone
from .renamed_pretrained import RenamedPretrainedInit

__all__ = [
    'FullyExpandedMobileNetV2',
    'MultiScaleBackbone',
    'RenamedPretrainedInit',
]

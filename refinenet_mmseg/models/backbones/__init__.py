"""Backbones that mmseg does not have, and weights that it cannot name."""

from .fully_expanded_mobilenet_v2 import FullyExpandedMobileNetV2
from .multi_scale_backbone import MultiScaleBackbone
from .renamed_pretrained import RenamedPretrainedInit

__all__ = [
    'FullyExpandedMobileNetV2',
    'MultiScaleBackbone',
    'RenamedPretrainedInit',
]

"""Backbones and weight initializers that mmseg does not have."""

from .efficientnet_lite_pretrained import EfficientNetLitePretrainedInit
from .fully_expanded_mobilenet_v2 import FullyExpandedMobileNetV2
from .multi_scale_backbone import MultiScaleBackbone
from .renamed_pretrained import RenamedPretrainedInit

__all__ = [
    'EfficientNetLitePretrainedInit',
    'FullyExpandedMobileNetV2',
    'MultiScaleBackbone',
    'RenamedPretrainedInit',
]

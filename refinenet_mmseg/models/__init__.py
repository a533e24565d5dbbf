"""RefineNet's blocks and decode heads, backbones and losses."""

from .backbones import (
    EfficientNetLitePretrainedInit,
    FullyExpandedMobileNetV2,
    MultiScaleBackbone,
    RenamedPretrainedInit,
)
from .blocks import (
    ChainedResidualPooling,
    MultiResolutionFusion,
    RefineNetBlock,
    ResidualConvUnit,
)
from .decode_heads import LightWeightRefineNetHead, RefineNetHead
from .losses import ClassWeightedCrossEntropyLoss

__all__ = [
    'ChainedResidualPooling',
    'ClassWeightedCrossEntropyLoss',
    'EfficientNetLitePretrainedInit',
    'FullyExpandedMobileNetV2',
    'LightWeightRefineNetHead',
    'MultiResolutionFusion',
    'MultiScaleBackbone',
    'RefineNetBlock',
    'RefineNetHead',
    'RenamedPretrainedInit',
    'ResidualConvUnit',
]

"""The network: RefineNet's blocks, decode heads and special backbones."""

from .backbones import (
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

__all__ = [
    'ChainedResidualPooling',
    'FullyExpandedMobileNetV2',
    'LightWeightRefineNetHead',
    'MultiResolutionFusion',
    'MultiScaleBackbone',
    'RefineNetBlock',
    'RefineNetHead',
    'RenamedPretrainedInit',
    'ResidualConvUnit',
]

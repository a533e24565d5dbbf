"""The network: RefineNet's blocks and decode heads."""

from .blocks import (
    ChainedResidualPooling,
    MultiResolutionFusion,
    RefineNetBlock,
    ResidualConvUnit,
)
from .decode_heads import LightWeightRefineNetHead, RefineNetHead

__all__ = [
    'ChainedResidualPooling',
    'LightWeightRefineNetHead',
    'MultiResolutionFusion',
    'RefineNetBlock',
    'RefineNetHead',
    'ResidualConvUnit',
]

"""The parts of RefineNet, all registered in mmseg."""

from .chained_residual_pooling import ChainedResidualPooling
from .multi_resolution_fusion import MultiResolutionFusion
from .refinenet_block import RefineNetBlock
from .residual_conv_unit import ResidualConvUnit

__all__ = [
    'ChainedResidualPooling',
    'MultiResolutionFusion',
    'RefineNetBlock',
    'ResidualConvUnit',
]

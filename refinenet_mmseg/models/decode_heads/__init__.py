"""RefineNet's decode heads for mmseg."""

from .light_weight_refinenet_head import LightWeightRefineNetHead
from .refinenet_head import RefineNetHead

__all__ = ['LightWeightRefineNetHead', 'RefineNetHead']

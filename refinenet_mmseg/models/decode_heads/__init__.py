"""RefineNet's decode heads for mmseg."""

from .refinenet_head import LightWeightRefineNetHead, RefineNetHead

__all__ = ['LightWeightRefineNetHead', 'RefineNetHead']

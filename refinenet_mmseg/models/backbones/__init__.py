"""Backbones that mmseg does not have."""

from .fully_expanded_mobilenet_v2 import FullyExpandedMobileNetV2

__all__ = ['FullyExpandedMobileNetV2']

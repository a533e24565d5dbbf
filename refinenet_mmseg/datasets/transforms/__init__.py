"""Transforms: strict loading, and those of the paper's training protocol."""

from .class_balanced_crop import ClassBalancedCrop
from .limit_short_edge import LimitShortEdge
from .strict_loading import StrictLoadAnnotations, StrictLoadImageFromFile

__all__ = [
    'ClassBalancedCrop',
    'LimitShortEdge',
    'StrictLoadAnnotations',
    'StrictLoadImageFromFile',
]

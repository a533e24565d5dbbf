"""Transforms of the paper's training protocol."""

from .class_balanced_crop import ClassBalancedCrop
from .limit_short_edge import LimitShortEdge

__all__ = ['ClassBalancedCrop', 'LimitShortEdge']

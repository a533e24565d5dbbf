"""Samplers for the paper's training protocol."""

from .class_balanced_sampler import ClassBalancedSampler

__all__ = ['ClassBalancedSampler']

"""Data sets, samplers and transforms for mmseg."""

from .camvid import CamVidDataset
from .folder_dataset import FolderDataset
from .nyudv2 import NYUDv2Dataset
from .pascal_voc import PascalPersonPartDataset, PascalVOCAugDataset
from .samplers import ClassBalancedSampler
from .shapes import ShapesDataset
from .sunrgbd import SUNRGBDDataset
from .transforms import (
    ClassBalancedCrop,
    LimitShortEdge,
    StrictLoadAnnotations,
    StrictLoadImageFromFile,
)

__all__ = [
    'CamVidDataset',
    'ClassBalancedCrop',
    'ClassBalancedSampler',
    'FolderDataset',
    'LimitShortEdge',
    'NYUDv2Dataset',
    'PascalPersonPartDataset',
    'PascalVOCAugDataset',
    'SUNRGBDDataset',
    'ShapesDataset',
    'StrictLoadAnnotations',
    'StrictLoadImageFromFile',
]

"""Data sets for mmseg, with the generator of one of them."""

from .camvid import CamVidDataset
from .folder_dataset import FolderDataset
from .nyudv2 import NYUDv2Dataset
from .pascal_person_part import PascalPersonPartDataset
from .pascal_voc_aug import PascalVOCAugDataset
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

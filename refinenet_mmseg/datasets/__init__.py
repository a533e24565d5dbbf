"""Data sets for mmseg, with the generator of one of them."""

from .camvid import CamVidDataset
from .folder_dataset import FolderDataset
from .pascal_voc_aug import PascalVOCAugDataset
from .shapes import ShapesDataset

__all__ = [
    'CamVidDataset',
    'FolderDataset',
    'PascalVOCAugDataset',
    'ShapesDataset',
]

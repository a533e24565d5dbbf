"""Data sets for mmseg, with the generator of one of them."""

from .camvid import CamVidDataset
from .folder_dataset import FolderDataset
from .shapes import ShapesDataset

__all__ = ['CamVidDataset', 'FolderDataset', 'ShapesDataset']

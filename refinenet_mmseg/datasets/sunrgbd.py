"""The SUN RGB-D data set."""

from typing import Any

from mmseg.registry import DATASETS

from .folder_dataset import FolderDataset
from .pascal_voc import voc_colors


@DATASETS.register_module()
class SUNRGBDDataset(FolderDataset):
    """SUN RGB-D: indoor scenes in 37 classes.

    Source: Song, Lichtenberg, Xiao, "SUN RGB-D: A RGB-D scene understanding
    benchmark suite", CVPR 2015; names and order of ``seg37list.mat`` in its
    toolbox, which RefineNet's released code uses too. Label maps hold 1 to 37
    for the classes and 0 where a pixel has none.

    Args:
        reduce_zero_label: Whether 0 means no class and the classes count from
            1. Default: True.
        kwargs: As in :class:`FolderDataset`.
    """

    METAINFO = {
        'classes': (
            'wall',
            'floor',
            'cabinet',
            'bed',
            'chair',
            'sofa',
            'table',
            'door',
            'window',
            'bookshelf',
            'picture',
            'counter',
            'blinds',
            'desk',
            'shelves',
            'curtain',
            'dresser',
            'pillow',
            'mirror',
            'floor_mat',
            'clothes',
            'ceiling',
            'books',
            'fridge',
            'tv',
            'paper',
            'towel',
            'shower_curtain',
            'box',
            'whiteboard',
            'person',
            'night_stand',
            'toilet',
            'sink',
            'lamp',
            'bathtub',
            'bag',
        ),
        'palette': voc_colors(range(1, 38)),
    }

    def __init__(self, reduce_zero_label: bool = True, **kwargs: Any) -> None:
        super().__init__(reduce_zero_label=reduce_zero_label, **kwargs)

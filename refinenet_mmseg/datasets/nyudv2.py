"""The NYU Depth v2 data set."""

from typing import Any

from mmseg.registry import DATASETS

from .folder_dataset import FolderDataset
from .pascal_voc import voc_colors


@DATASETS.register_module()
class NYUDv2Dataset(FolderDataset):
    """NYU Depth v2: indoor scenes in 40 classes.

    Source: Silberman, Hoiem, Kohli, Fergus, "Indoor segmentation and support
    inference from RGBD images", ECCV 2012; the 40 classes of Gupta, Arbelaez,
    Malik, "Perceptual organization and recognition of indoor scenes from
    RGB-D images", CVPR 2013. Label maps hold 1 to 40 for the classes, and 0
    or 255 where a pixel has none, as in RefineNet's released code.

    Args:
        img_suffix: Suffix of the images. Default: '.png'.
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
            'floor mat',
            'clothes',
            'ceiling',
            'books',
            'refrigerator',
            'television',
            'paper',
            'towel',
            'shower curtain',
            'box',
            'whiteboard',
            'person',
            'night stand',
            'toilet',
            'sink',
            'lamp',
            'bathtub',
            'bag',
            'otherstructure',
            'otherfurniture',
            'otherprop',
        ),
        'palette': voc_colors(range(1, 41)),
    }

    def __init__(
        self,
        img_suffix: str = '.png',
        reduce_zero_label: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            img_suffix=img_suffix,
            reduce_zero_label=reduce_zero_label,
            **kwargs,
        )

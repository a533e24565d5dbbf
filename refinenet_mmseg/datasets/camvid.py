"""The CamVid data set."""

from collections.abc import Sequence
from typing import Any

from mmseg.registry import DATASETS

from ..images import IGNORED_LABEL
from .folder_dataset import FolderDataset

# Label value of pixels that belong to none of the 11 classes.
UNLABELED = 11


@DATASETS.register_module()
class CamVidDataset(FolderDataset):
    """CamVid: street scenes in 11 classes.

    Source: Brostow, Fauqueur, Cipolla, "Semantic object classes in video: a
    high-definition ground truth database", Pattern Recognition Letters 30,
    2009; classes, palette and split (367 training, 101 validation, 233 test
    images of 360x480) of Badrinarayanan, Kendall, Cipolla, "SegNet", 2017.
    Images and label maps share their names::

        camvid/{train,val,test}/*.png
        camvid/{trainannot,valannot,testannot}/*.png

    Label maps hold 0 to 10 for the classes and 11 where a pixel is
    unlabeled; 11 is ignored in training and evaluation.

    Args:
        img_suffix: Suffix of the images. Default: '.png'.
        seg_map_suffix: Suffix of the label maps. Default: '.png'.
        kwargs: As in :class:`FolderDataset`.
    """

    METAINFO = {
        'classes': (
            'sky',
            'building',
            'pole',
            'road',
            'pavement',
            'tree',
            'sign',
            'fence',
            'car',
            'pedestrian',
            'bicyclist',
        ),
        'palette': [
            [128, 128, 128],
            [128, 0, 0],
            [192, 192, 128],
            [128, 64, 128],
            [60, 40, 222],
            [128, 128, 0],
            [192, 128, 128],
            [64, 64, 128],
            [64, 0, 128],
            [64, 64, 0],
            [0, 128, 192],
        ],
    }

    def __init__(
        self,
        img_suffix: str = '.png',
        seg_map_suffix: str = '.png',
        **kwargs: Any,
    ) -> None:
        super().__init__(
            img_suffix=img_suffix, seg_map_suffix=seg_map_suffix, **kwargs
        )

    @classmethod
    def get_label_map(
        cls, new_classes: Sequence[str] | None = None
    ) -> dict[int, int]:
        """Map the label values of the files to those of training.

        ``BaseSegDataset.get_label_map`` returns no map if all classes are
        learned, and never maps the value of unlabeled pixels.

        Args:
            new_classes: Names of the classes to learn, in the wanted order;
                the others are ignored. Default: all classes.

        Raises:
            ValueError: If a name is not one of CamVid's classes.
        """
        label_map = super().get_label_map(new_classes)
        if label_map is None:
            label_map = {
                label: label for label in range(len(cls.METAINFO['classes']))
            }
        return {**label_map, UNLABELED: IGNORED_LABEL}

from mmseg.registry import DATASETS

from .folder_dataset import FolderDataset
from .voc_color_map import voc_colors


@DATASETS.register_module()
class PascalPersonPartDataset(FolderDataset):
    """PASCAL Person-Part: the parts of people, in 7 classes.

    Source: Chen, Mottaghi, Liu, Fidler, Urtasun, Yuille, "Detect what you
    can: detecting and representing objects using holistic models and body
    parts", CVPR 2014; parts merged to 6 and a background as by Chen, Yang,
    Wang, Xu, Yuille, "Attention to scale", CVPR 2016. Label maps hold 0 to 6,
    and 255 where a pixel has no class.

    Args:
        **kwargs: As in ``FolderDataset``.
    """

    METAINFO = {
        'classes': (
            'background',
            'head',
            'torso',
            'upper arms',
            'lower arms',
            'upper legs',
            'lower legs',
        ),
        'palette': voc_colors(range(7)),
    }

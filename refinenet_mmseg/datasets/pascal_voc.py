"""Data sets on images of Pascal VOC, and Pascal VOC's color map."""

from mmengine import fileio
from mmseg.datasets import PascalVOCDataset
from mmseg.registry import DATASETS

from .folder_dataset import FolderDataset


def voc_colors(labels: range) -> list[list[int]]:
    """Compute the RGB colors of label values in Pascal VOC's color map.

    The development kit of Pascal VOC (Everingham et al., "The PASCAL Visual
    Object Classes Challenge", IJCV 88, 2010) distributes the bits of a label
    over the channels: its lowest three bits are the highest of red, green and
    blue, the next three the second highest, and so on. Many data sets use
    these colors.

    Args:
        labels: Label values, 0 to 255.
    """
    return [
        [
            sum(
                (label >> (3 * step + channel) & 1) << (7 - step)
                for step in range(8)
            )
            for channel in range(3)
        ]
        for label in labels
    ]


@DATASETS.register_module()
class PascalVOCAugDataset(FolderDataset):
    """Pascal VOC 2012 with SBD's label maps where VOC has none.

    Source: Hariharan, Arbelaez, Bourdev, Maji, Malik, "Semantic contours from
    inverse detectors", ICCV 2011, which enlarges VOC's 1,464 training images
    to 10,582. mmseg's converter writes those labels to a folder of their own.
    mmseg concatenates two data sets; this one reads from two folders, so that
    ``data_root`` alone moves it.

    Args:
        data_prefix: As in :class:`FolderDataset`, and ``seg_map_path_aug``,
            the folder for images without a label map in ``seg_map_path``.
        kwargs: As in :class:`FolderDataset`.
    """

    METAINFO = PascalVOCDataset.METAINFO

    def _pair_files(self) -> list[dict]:
        data_list = super()._pair_files()
        folder = self.data_prefix.get('seg_map_path_aug')
        if folder is None:
            return data_list
        labels_of_voc = self._list_folder('seg_map_path', self.seg_map_suffix)
        for item in data_list:
            if item['seg_map_path'] not in labels_of_voc:
                item['seg_map_path'] = fileio.join_path(
                    folder,
                    item['seg_map_path'].rsplit('/', 1)[-1],
                    backend_args=self.backend_args,
                )
        return data_list


@DATASETS.register_module()
class PascalPersonPartDataset(FolderDataset):
    """PASCAL Person-Part: the parts of people, in 7 classes.

    Source: Chen, Mottaghi, Liu, Fidler, Urtasun, Yuille, "Detect what you
    can: detecting and representing objects using holistic models and body
    parts", CVPR 2014; parts merged to 6 and a background as by Chen, Yang,
    Wang, Xu, Yuille, "Attention to scale", CVPR 2016. Label maps hold 0 to 6,
    and 255 where a pixel has no class. Arguments as in
    :class:`FolderDataset`.
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

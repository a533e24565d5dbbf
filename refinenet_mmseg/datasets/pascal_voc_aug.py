from mmengine import fileio
from mmseg.datasets import PascalVOCDataset
from mmseg.registry import DATASETS

from .folder_dataset import FolderDataset


@DATASETS.register_module()
class PascalVOCAugDataset(FolderDataset):
    """Pascal VOC 2012 with SBD's label maps where VOC has none.

    Hariharan et al., "Semantic Contours from Inverse Detectors", ICCV 2011,
    enlarged VOC's 1,464 training images to 10,582. mmseg's converter writes
    those labels to a folder of their own; mmseg joins two data sets, this
    one looks into two folders, so that ``data_root`` alone relocates it.

    Args:
        data_prefix: As :class:`FolderDataset`, and ``seg_map_path_aug``, the
            folder for images without a label map in ``seg_map_path``.
        kwargs: As :class:`FolderDataset`.
    """

    METAINFO = PascalVOCDataset.METAINFO

    def _pair_files(self) -> list[dict]:
        data_list = super()._pair_files()
        folder = self.data_prefix.get('seg_map_path_aug')
        if folder is None:
            return data_list
        own = self._list_folder('seg_map_path', self.seg_map_suffix)
        for item in data_list:
            if item['seg_map_path'] not in own:
                item['seg_map_path'] = fileio.join_path(
                    folder,
                    item['seg_map_path'].rsplit('/', 1)[-1],
                    backend_args=self.backend_args,
                )
        return data_list

from mmseg.registry import DATASETS

from .folder_dataset import FolderDataset
from .shapes_outlines import CLASSES


@DATASETS.register_module()
class ShapesDataset(FolderDataset):
    """Shapes: drawn pictures whose classes differ in outline alone.

    Source: this package; ``generate_shapes_dataset`` writes the files.
    Discs, rings, boxes, triangles, stars and strokes of 2 to 6 pixels
    overlap on a background; colors and textures say nothing about the
    class. The layout is mmseg's, ``img_dir/{train,val}/*.jpg`` and
    ``ann_dir/{train,val}/*.png``, and no pixel is ignored. Arguments as in
    ``FolderDataset``.
    """

    METAINFO = {
        'classes': CLASSES,
        'palette': [
            [20, 20, 30],
            [230, 60, 60],
            [250, 200, 40],
            [70, 130, 240],
            [60, 190, 90],
            [200, 90, 220],
            [90, 220, 230],
        ],
    }

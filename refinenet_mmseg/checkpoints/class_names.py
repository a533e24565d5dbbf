"""Which data set a published network was trained on, by its classes."""

from typing import Any

from mmseg.registry import DATASETS

from ..datasets.pascal_voc import voc_colors

# Names and colors stand in these data sets.
DATASET_OF_NUM_CLASSES = {
    7: 'PascalPersonPartDataset',
    19: 'CityscapesDataset',
    21: 'PascalVOCDataset',
    40: 'NYUDv2Dataset',
    150: 'ADE20KDataset',
}

# PASCAL-Context as light-weight-refinenet numbers it: after the background
# and VOC's 20 classes, the rest. mmseg's PascalContextDataset has the same
# names in alphabetical order.
PASCAL_CONTEXT = (
    *('background', 'aeroplane', 'bicycle', 'bird', 'boat', 'bottle', 'bus'),
    *('car', 'cat', 'chair', 'cow', 'table', 'dog', 'horse', 'motorbike'),
    *('person', 'pottedplant', 'sheep', 'sofa', 'train', 'tvmonitor', 'bag'),
    *('bed', 'bench', 'book', 'building', 'cabinet', 'ceiling', 'cloth'),
    *('computer', 'cup', 'door', 'fence', 'floor', 'flower', 'food', 'grass'),
    *('ground', 'keyboard', 'light', 'mountain', 'mouse', 'curtain'),
    *('platform', 'sign', 'plate', 'road', 'rock', 'shelves', 'sidewalk'),
    *('sky', 'snow', 'bedclothes', 'track', 'tree', 'truck', 'wall', 'water'),
    *('window', 'wood'),
)


def dataset_meta(num_classes: int) -> dict[str, list[Any]] | None:
    """Give the class names and colors that go with a number of classes.

    Args:
        num_classes: Number of classes.

    Returns:
        ``classes``, and ``palette`` of RGB colors (0 to 255), both of plain
        lists; None if no published network has that many classes.
    """
    if num_classes == len(PASCAL_CONTEXT):
        colors = voc_colors(range(num_classes))
        return dict(classes=list(PASCAL_CONTEXT), palette=colors)
    name = DATASET_OF_NUM_CLASSES.get(num_classes)
    if name is None:
        return None
    meta = DATASETS.get(name).METAINFO
    return dict(
        classes=list(meta['classes']),
        palette=[list(color) for color in meta['palette']],
    )

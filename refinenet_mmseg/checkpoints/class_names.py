"""Which data set a published network was trained on, by its classes."""

from typing import Any

from mmseg.registry import DATASETS

# Names and colours stand in these data sets.
DATASET_OF_NUM_CLASSES = {
    7: 'PascalPersonPartDataset',
    19: 'CityscapesDataset',
    21: 'PascalVOCDataset',
    40: 'NYUDv2Dataset',
    60: 'PascalContextDataset',
    150: 'ADE20KDataset',
}


def dataset_meta(num_classes: int) -> dict[str, list[Any]] | None:
    """Give the class names and colours that go with a number of classes.

    Args:
        num_classes: Number of classes.

    Returns:
        ``classes``, and ``palette`` of RGB colours (0 to 255), both of plain
        lists; None if no published network has that many classes.
    """
    name = DATASET_OF_NUM_CLASSES.get(num_classes)
    if name is None:
        return None
    meta = DATASETS.get(name).METAINFO
    return dict(
        classes=list(meta['classes']),
        palette=[list(colour) for colour in meta['palette']],
    )

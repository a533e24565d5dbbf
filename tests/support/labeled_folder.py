"""A small data set of label maps for the tests of sampling."""

import numpy as np
from mmseg.registry import DATASETS
from PIL import Image


def write_labels(root, label_maps):
    """Write black images and label maps of one row, given as lists."""
    for folder in ('img', 'ann'):
        (root / folder).mkdir(exist_ok=True)
    for index, values in enumerate(label_maps):
        labels = np.array([values], np.uint8)
        Image.fromarray(labels).save(root / 'ann' / f'{index:03}.png')
        image = Image.fromarray(np.zeros((*labels.shape, 3), np.uint8))
        image.save(root / 'img' / f'{index:03}.jpg')


def folder_dataset(root, classes=3, **arguments):
    """Build the data set that ``write_labels`` has written."""
    config = dict(
        type='FolderDataset',
        data_root=str(root),
        data_prefix=dict(img_path='img', seg_map_path='ann'),
        metainfo=dict(classes=tuple('abcdefgh'[:classes])),
    )
    return DATASETS.build({**config, **arguments})

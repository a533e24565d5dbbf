"""Small data sets on disk."""

from typing import NamedTuple

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


class Layout(NamedTuple):
    """Paths of a training and a test image of a data set, below its root."""

    images: tuple[str, str]
    labels: tuple[str, str]
    values: tuple[int, ...]
    lists: tuple[str, str] | None = None


VOC = 'JPEGImages/a.jpg', 'JPEGImages/b.jpg'
FOLDERS = 'img_dir/train/a.jpg', 'img_dir/test/b.jpg'
FOLDER_LABELS = 'ann_dir/train/a.png', 'ann_dir/test/b.png'
LAYOUTS = {
    'voc12aug': Layout(
        VOC,
        ('SegmentationClassAug/a.png', 'SegmentationClass/b.png'),
        (0, 20, 255),
        (
            'ImageSets/Segmentation/trainaug.txt',
            'ImageSets/Segmentation/val.txt',
        ),
    ),
    'pascal-context': Layout(
        VOC,
        ('SegmentationClassContext/a.png', 'SegmentationClassContext/b.png'),
        (0, 59, 255),
        (
            'ImageSets/SegmentationContext/train.txt',
            'ImageSets/SegmentationContext/val.txt',
        ),
    ),
    'cityscapes': Layout(
        (
            'leftImg8bit/train/ulm/a_leftImg8bit.png',
            'leftImg8bit/val/ulm/b_leftImg8bit.png',
        ),
        (
            'gtFine/train/ulm/a_gtFine_labelTrainIds.png',
            'gtFine/val/ulm/b_gtFine_labelTrainIds.png',
        ),
        (0, 18, 255),
    ),
    'ade20k': Layout(
        ('images/training/a.jpg', 'images/validation/b.jpg'),
        ('annotations/training/a.png', 'annotations/validation/b.png'),
        (0, 1, 150),
    ),
    'nyudv2': Layout(
        ('img_dir/train/a.png', 'img_dir/test/b.png'),
        FOLDER_LABELS,
        (0, 1, 40, 255),
    ),
    'shapes': Layout(
        ('img_dir/train/a.jpg', 'img_dir/val/b.jpg'),
        ('ann_dir/train/a.png', 'ann_dir/val/b.png'),
        (0, 6),
    ),
    'camvid': Layout(
        ('train/a.png', 'val/b.png'),
        ('trainannot/a.png', 'valannot/b.png'),
        (0, 10, 11),
    ),
    'sunrgbd': Layout(FOLDERS, FOLDER_LABELS, (0, 1, 37)),
    'person-part': Layout(
        ('img_dir/train/a.jpg', 'img_dir/val/b.jpg'),
        ('ann_dir/train/a.png', 'ann_dir/val/b.png'),
        (0, 6, 255),
    ),
}


def write_data(root, layout, height=60, width=80):
    """Write two images of a data set in the layout of its config."""
    generator = np.random.default_rng(0)
    for name in layout.images:
        image = generator.integers(0, 256, (height, width, 3), np.uint8)
        _save(image, root / name)
    for name in layout.labels:
        corners = generator.choice(layout.values, (6, 8)).astype(np.uint8)
        _save(np.kron(corners, np.ones((10, 10), np.uint8)), root / name)
    for name, content in zip(layout.lists or (), 'ab', strict=False):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(f'{content}\n')


def _save(pixels, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)

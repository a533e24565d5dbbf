import cv2
import numpy as np
import pytest
from mmengine.registry import init_default_scope
from mmseg.registry import DATASETS

from refinenet_mmseg.datasets import CamVidDataset

PREFIX = {'img_path': 'train', 'seg_map_path': 'trainannot'}


@pytest.fixture(autouse=True)
def _mmseg_scope():
    init_default_scope('mmseg')


@pytest.fixture
def root(tmp_path):
    """Make one picture of 3 x 4 pixels with every label value once."""
    for folder in PREFIX.values():
        (tmp_path / folder).mkdir()
    image = np.zeros((3, 4, 3), np.uint8)
    labels = np.arange(12, dtype=np.uint8).reshape(3, 4)
    cv2.imwrite(str(tmp_path / 'train' / 'one.png'), image)
    cv2.imwrite(str(tmp_path / 'trainannot' / 'one.png'), labels)
    return tmp_path


def load(root, **settings):
    return DATASETS.build(
        {
            'type': 'CamVidDataset',
            'data_root': str(root),
            'data_prefix': PREFIX,
            'pipeline': [
                {'type': 'LoadImageFromFile'},
                {'type': 'LoadAnnotations'},
                {'type': 'PackSegInputs'},
            ],
            **settings,
        }
    )


def labels_of(data):
    return data[0]['data_samples'].gt_sem_seg.data.flatten().tolist()


def test_unlabeled_pixels_are_ignored(root):
    assert labels_of(load(root)) == [*range(11), 255]


def test_all_classes_given_by_name_change_nothing(root):
    classes = CamVidDataset.METAINFO['classes']
    data = load(root, metainfo={'classes': classes})
    assert labels_of(data) == [*range(11), 255]


def test_subset_of_classes_ignores_the_others(root):
    data = load(root, metainfo={'classes': ('car', 'sky')})
    expected = [255] * 12
    expected[0], expected[8] = 1, 0
    assert labels_of(data) == expected


def test_palette_follows_the_classes(root):
    palette = load(root).metainfo['palette']
    assert len(palette) == 11
    assert len({tuple(color) for color in palette}) == 11
    data = load(root, metainfo={'classes': ('car', 'sky')})
    assert data.metainfo['palette'] == [[64, 0, 128], [128, 128, 128]]


def test_unknown_class_is_refused(root):
    with pytest.raises(ValueError, match='boat'):
        load(root, metainfo={'classes': ('boat',)})


def test_class_order_is_that_of_the_label_values():
    classes = CamVidDataset.METAINFO['classes']
    assert len(classes) == 11
    assert (classes[0], classes[3], classes[10]) == (
        'sky',
        'road',
        'bicyclist',
    )

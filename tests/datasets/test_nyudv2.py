import cv2
import numpy as np
import pytest
from mmseg.registry import DATASETS

from refinenet_mmseg.datasets import NYUDv2Dataset


@pytest.fixture
def root(tmp_path):
    """Make one picture with every label value once."""
    values = np.array([0, *range(1, 41), 255], np.uint8).reshape(6, 7)
    for folder, content in (('images', values * 0), ('labels', values)):
        (tmp_path / folder).mkdir()
        cv2.imwrite(str(tmp_path / folder / 'one.png'), content)
    return tmp_path


def test_labels_count_from_one_and_void_is_ignored(root):
    data = DATASETS.build(
        dict(
            type='NYUDv2Dataset',
            data_root=str(root),
            data_prefix=dict(img_path='images', seg_map_path='labels'),
            pipeline=[
                dict(type='LoadImageFromFile'),
                dict(type='LoadAnnotations'),
                dict(type='PackSegInputs'),
            ],
        )
    )
    labels = data[0]['data_samples'].gt_sem_seg.data.flatten().tolist()
    assert labels == [255, *range(40), 255]


def test_classes_and_colors():
    meta = NYUDv2Dataset.METAINFO
    assert len(set(meta['classes'])) == 40
    assert len(set(map(tuple, meta['palette']))) == 40
    # label 1 is drawn in the first color after black
    assert (meta['classes'][0], meta['palette'][0]) == ('wall', [128, 0, 0])
    assert meta['classes'][39] == 'otherprop'

from itertools import combinations

import cv2
import numpy as np
import pytest
from mmengine.registry import init_default_scope
from mmseg.registry import DATASETS

from refinenet_mmseg.datasets import ShapesDataset
from refinenet_mmseg.datasets.shapes_generator import generate_shapes_dataset


@pytest.fixture(autouse=True)
def _mmseg_scope():
    init_default_scope('mmseg')


def test_item_passes_the_pipeline(tmp_path):
    generate_shapes_dataset(tmp_path, 1, 2, size=64, show_progress=False)
    data = DATASETS.build(
        {
            'type': 'ShapesDataset',
            'data_root': str(tmp_path),
            'data_prefix': {
                'img_path': 'img_dir/val',
                'seg_map_path': 'ann_dir/val',
            },
            'pipeline': [
                {'type': 'LoadImageFromFile'},
                {'type': 'LoadAnnotations'},
                {'type': 'PackSegInputs'},
            ],
        }
    )
    assert len(data) == 2
    item = data[1]
    file = tmp_path / 'ann_dir' / 'val' / '0001.png'
    written = cv2.imread(str(file), cv2.IMREAD_UNCHANGED)
    loaded = item['data_samples'].gt_sem_seg.data.squeeze(0).numpy()
    assert tuple(item['inputs'].shape) == (3, 64, 64)
    np.testing.assert_array_equal(loaded, written)


def test_palette_tells_the_classes_apart():
    palette = np.array(ShapesDataset.METAINFO['palette'])
    assert len(palette) == len(ShapesDataset.METAINFO['classes'])
    for one, other in combinations(palette, 2):
        assert np.linalg.norm(one - other) > 80

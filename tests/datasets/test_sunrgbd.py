import cv2
import numpy as np
from mmseg.registry import DATASETS

from refinenet_mmseg.datasets import SUNRGBDDataset


def test_labels_count_from_one_and_void_is_ignored(tmp_path):
    values = np.arange(38, dtype=np.uint8).reshape(2, 19)
    for folder, content in (('images', values * 0), ('labels', values)):
        (tmp_path / folder).mkdir()
        cv2.imwrite(str(tmp_path / folder / 'one.png'), content)
    data = DATASETS.build(
        dict(
            type='SUNRGBDDataset',
            data_root=str(tmp_path),
            data_prefix=dict(img_path='images', seg_map_path='labels'),
            img_suffix='.png',
            pipeline=[
                dict(type='LoadImageFromFile'),
                dict(type='LoadAnnotations'),
                dict(type='PackSegInputs'),
            ],
        )
    )
    labels = data[0]['data_samples'].gt_sem_seg.data.flatten().tolist()
    assert labels == [255, *range(37)]


def test_classes_and_colors():
    meta = SUNRGBDDataset.METAINFO
    assert len(set(meta['classes'])) == 37
    assert len(set(map(tuple, meta['palette']))) == 37
    # label 1 is drawn in the first color after black
    assert (meta['classes'][0], meta['palette'][0]) == ('wall', [128, 0, 0])
    assert meta['classes'][23:25] == ('fridge', 'tv')
    assert meta['classes'][36] == 'bag'

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mmseg.registry import TRANSFORMS


def limit(height, width, minimum=45, maximum=110, labeled=True):
    step = TRANSFORMS.build(
        dict(type='LimitShortEdge', minimum=minimum, maximum=maximum)
    )
    results = dict(img=np.zeros((height, width, 3), np.uint8))
    if labeled:
        results['gt_seg_map'] = np.eye(height, width, dtype=np.uint8)
        results['seg_fields'] = ['gt_seg_map']
    return step(results)


@settings(deadline=None)
@given(st.integers(10, 300), st.integers(10, 300))
def test_short_edge_and_aspect(height, width):
    results = limit(height, width)
    new_height, new_width = results['img'].shape[:2]
    short = min(height, width)
    assert min(new_height, new_width) == min(max(short, 45), 110)
    scale = min(new_height, new_width) / short
    assert abs(max(new_height, new_width) - max(height, width) * scale) <= 0.5
    assert results['gt_seg_map'].shape == (new_height, new_width)
    assert set(np.unique(results['gt_seg_map'])) <= {0, 1}
    if scale != 1:
        assert results['img_shape'] == (new_height, new_width)


def test_keeps_images_within_the_limits():
    results = limit(45, 200)
    assert set(results) == {'img', 'gt_seg_map', 'seg_fields'}
    assert results['img'].shape == (45, 200, 3)


def test_without_a_label_map():
    results = limit(20, 40, labeled=False)
    assert results['img'].shape == (45, 90, 3)
    assert 'gt_seg_map' not in results


@pytest.mark.parametrize(('minimum', 'maximum'), [(0, 5), (6, 5)])
def test_refuses_impossible_limits(minimum, maximum):
    with pytest.raises(ValueError, match=f'minimum={minimum}'):
        limit(8, 8, minimum, maximum)

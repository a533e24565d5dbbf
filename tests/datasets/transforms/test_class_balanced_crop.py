from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mmseg.registry import TRANSFORMS


def crop(labels, size, **arguments):
    """Crop an image whose two channels are its pixels' coordinates."""
    step = TRANSFORMS.build(
        dict(type='ClassBalancedCrop', crop_size=size, **arguments)
    )
    results = step(
        dict(
            img=np.stack(np.indices(labels.shape), axis=-1),
            gt_seg_map=labels,
            seg_fields=['gt_seg_map'],
        )
    )
    assert results['img_shape'] == results['img'].shape[:2]
    assert results['gt_seg_map'].shape == results['img_shape']
    return results


@settings(deadline=None)
@given(
    st.tuples(st.integers(1, 30), st.integers(1, 30)),
    st.tuples(st.integers(1, 20), st.integers(1, 20)),
    st.integers(0, 2**32 - 1),
)
def test_lies_inside_and_shows_the_labels_of_its_pixels(shape, size, seed):
    np.random.seed(seed)
    labels = np.random.choice(np.array([0, 1, 200, 255], np.uint8), shape)
    results = crop(labels, size)
    assert results['img_shape'] == tuple(map(min, shape, size))
    rows, columns = results['img'][..., 0], results['img'][..., 1]
    assert np.array_equal(results['gt_seg_map'], labels[rows, columns])
    if (labels != 255).any():
        assert (results['gt_seg_map'] != 255).any()


def test_is_centered_on_the_pixel():
    labels = np.full((40, 50), 255, np.uint8)
    labels[20, 30] = 7
    results = crop(labels, (9, 5))
    assert np.argwhere(results['gt_seg_map'] == 7).tolist() == [[4, 2]]


@pytest.mark.parametrize('corner', [(0, 0), (0, 49), (39, 0), (39, 49)])
def test_is_moved_inside(corner):
    labels = np.full((40, 50), 255, np.uint8)
    labels[corner] = 3
    results = crop(labels, (9, 5))
    assert results['img_shape'] == (9, 5)
    assert (results['gt_seg_map'] == 3).sum() == 1


def test_classes_are_alike_however_large():
    np.random.seed(0)
    labels = np.zeros((60, 60), np.uint8)
    labels[0, 0], labels[59, 59], labels[59, 0] = 1, 2, 255
    middles = Counter(
        int(results['gt_seg_map'].max())
        for results in (crop(labels, 1) for _ in range(600))
    )
    assert set(middles) == {0, 1, 2}
    assert min(middles.values()) > 150


def test_all_pixels_of_a_class_are_alike():
    np.random.seed(0)
    labels = np.full((6, 6), 255, np.uint8)
    labels[1:3, 2:6] = 4
    places = Counter(tuple(crop(labels, 1)['img'][0, 0]) for _ in range(800))
    assert len(places) == 8
    assert min(places.values()) > 60


def test_another_ignored_value():
    labels = np.zeros((20, 20), np.uint8)
    labels[10, 10] = 255
    assert (crop(labels, 1, ignore_index=0)['gt_seg_map'] == 255).all()


def test_without_a_class_anywhere():
    np.random.seed(0)
    labels = np.full((20, 20), 255, np.uint8)
    places = {tuple(crop(labels, 5)['img'][0, 0]) for _ in range(50)}
    assert len(places) > 20


def test_without_a_label_map():
    step = TRANSFORMS.build(dict(type='ClassBalancedCrop', crop_size=4))
    with pytest.raises(KeyError, match=r'a\.jpg.*LoadAnnotations'):
        step(dict(img=np.zeros((5, 5, 3)), img_path='a.jpg'))

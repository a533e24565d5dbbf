import numpy as np
import pytest
from mmseg.datasets.transforms import LoadAnnotations
from PIL import Image


def load(path, loader=LoadAnnotations._load_seg_map, **known):
    results = dict(
        seg_map_path=str(path),
        seg_fields=[],
        reduce_zero_label=False,
        label_map=None,
        **known,
    )
    loader(LoadAnnotations(), results)
    return results['gt_seg_map']


@pytest.fixture
def save(tmp_path):
    def save(values, name='a.png'):
        Image.fromarray(np.asarray(values)).save(tmp_path / name)
        return tmp_path / name

    return save


def test_the_defects_are_there(save):
    original = LoadAnnotations._load_seg_map.__wrapped__
    deep = save(np.full((4, 6), 300, np.uint16))
    assert load(deep, original).max() == 300 - 256
    assert load(save(np.zeros((1, 6), np.uint8)), original).shape == (6,)
    small = save(np.zeros((4, 6), np.uint8))
    assert load(small, original, ori_shape=(8, 8)).shape == (4, 6)


def test_the_size_is_compared_where_it_is_known(save):
    path = save(np.zeros((4, 6), np.uint8))
    assert load(path).shape == (4, 6)
    assert load(path, ori_shape=(4, 6)).shape == (4, 6)
    with pytest.raises(ValueError, match='6x4 pixels, its image'):
        load(path, ori_shape=(6, 4))


def test_wrong_settings_are_not_blamed_on_the_file(save):
    path = save(np.zeros((4, 6), np.uint8))
    loader = LoadAnnotations(reduce_zero_label=True)
    results = dict(
        seg_map_path=str(path), seg_fields=[], reduce_zero_label=False
    )
    with pytest.raises(AssertionError, match='reduce_zero_label'):
        loader(results)


def test_the_largest_16_bit_value_is_ignored(save):
    values = np.full((4, 6), 65535, np.uint16)
    assert (load(save(values), ori_shape=(4, 6)) == 255).all()
    values[0] = 3
    labels = load(save(values), ori_shape=(4, 6))
    assert labels.tolist() == [[3] * 6] + [[255] * 6] * 3

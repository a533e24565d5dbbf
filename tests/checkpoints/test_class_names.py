import pytest
from mmseg.datasets import PascalContextDataset

from refinenet_mmseg.checkpoints.class_names import dataset_meta


@pytest.mark.parametrize(
    ('num_classes', 'index', 'name'),
    [
        (7, 1, 'head'),
        (19, 0, 'road'),
        (21, 15, 'person'),
        (40, 3, 'bed'),
        (60, 2, 'bicycle'),
        (60, 15, 'person'),
        (60, 42, 'curtain'),
        (150, 0, 'wall'),
    ],
)
def test_known_numbers_name_their_classes(num_classes, index, name):
    meta = dataset_meta(num_classes)
    assert len(meta['classes']) == len(meta['palette']) == num_classes
    assert meta['classes'][index] == name
    assert all(type(color) is list for color in meta['palette'])


def test_other_numbers_are_not_guessed():
    assert dataset_meta(5) is None


def test_context_has_mmsegs_names_in_the_published_order():
    published = dataset_meta(60)['classes']
    known = PascalContextDataset.METAINFO['classes']
    assert sorted(published) == sorted(known)
    assert published[:3] == ['background', 'aeroplane', 'bicycle']
    assert published != list(known)

import pytest

from refinenet_mmseg.checkpoints.class_names import dataset_meta


@pytest.mark.parametrize(
    ('num_classes', 'index', 'name'),
    [
        (7, 1, 'head'),
        (19, 0, 'road'),
        (21, 15, 'person'),
        (40, 3, 'bed'),
        (60, 59, 'wood'),
        (150, 0, 'wall'),
    ],
)
def test_known_numbers_name_their_classes(num_classes, index, name):
    meta = dataset_meta(num_classes)
    assert len(meta['classes']) == len(meta['palette']) == num_classes
    assert meta['classes'][index] == name
    assert all(type(colour) is list for colour in meta['palette'])


def test_other_numbers_are_not_guessed():
    assert dataset_meta(5) is None

import numpy as np
import pytest

from refinenet_mmseg.datasets import shapes_drawing
from refinenet_mmseg.datasets.shapes_drawing import draw_picture
from refinenet_mmseg.datasets.shapes_outlines import CLASSES

COUNT = 60


@pytest.fixture(scope='module')
def pictures():
    drawn = [draw_picture(0, 'train', index, 160) for index in range(COUNT)]
    images, labels = zip(*drawn, strict=True)
    return np.stack(images), np.stack(labels)


def test_pictures_are_eight_bit_rgb_with_a_label_per_pixel(pictures):
    images, labels = pictures
    assert images.shape == (COUNT, 160, 160, 3)
    assert labels.shape == (COUNT, 160, 160)
    assert images.dtype == labels.dtype == np.uint8


def test_order_of_drawing_does_not_matter(pictures):
    images, labels = pictures
    for index in (5, 2):
        image, label_map = draw_picture(0, 'train', index, 160)
        np.testing.assert_array_equal(image, images[index])
        np.testing.assert_array_equal(label_map, labels[index])


@pytest.mark.parametrize(
    'other', [(1, 'train', 0), (0, 'val', 0), (0, 'train', 1)]
)
def test_seed_split_and_number_change_the_picture(pictures, other):
    image, labels = draw_picture(*other, 160)
    assert (image != pictures[0][0]).mean() > 0.5
    assert (labels != pictures[1][0]).any()


def test_label_shows_the_topmost_object(monkeypatch):
    masks = np.zeros((8, 96, 96), bool)
    for position in range(8):
        masks[position, 10 : 90 - 5 * position, 10 : 60 + position] = True
    order = iter(masks)
    monkeypatch.setattr(shapes_drawing, '_WANTED_VISIBLE', -1.0)
    monkeypatch.setattr(
        shapes_drawing, 'random_mask', lambda *arguments: next(order)
    )
    monkeypatch.setattr(
        shapes_drawing, '_random_classes', lambda generator: [3, 1, 3, 6]
    )
    expected = np.zeros((96, 96), np.uint8)
    for label, mask in zip([3, 1, 3, 6], masks, strict=False):
        expected[mask] = label
    _, labels = draw_picture(0, 'train', 0, 96)
    np.testing.assert_array_equal(labels, expected)


def test_ring_shows_what_is_behind_its_hole(monkeypatch):
    rows, columns = np.mgrid[:96, :96] - 48
    distance = np.hypot(rows, columns)
    ring = (distance < 30) & (distance > 15)
    order = iter([distance < 40, ring])
    monkeypatch.setattr(
        shapes_drawing, 'random_mask', lambda *arguments: next(order)
    )
    monkeypatch.setattr(
        shapes_drawing, '_random_classes', lambda generator: [1, 2]
    )
    monkeypatch.setattr(shapes_drawing, '_WANTED_VISIBLE', 0.0)
    _, labels = draw_picture(0, 'train', 0, 96)
    assert labels[48, 48] == 1
    assert labels[48, 48 + 22] == 2


def test_every_class_is_common(pictures):
    _, labels = pictures
    for label, name in enumerate(CLASSES):
        share = (labels == label).any(axis=(1, 2)).mean()
        assert share > 0.75, name
    frequencies = np.bincount(labels.ravel(), minlength=7) / labels.size
    assert 0.6 < frequencies[0] < 0.85
    assert (frequencies[1:-1] > 0.02).all()
    assert 0.005 < frequencies[-1] < 0.04


def test_classes_are_objects_equally_often():
    generator = np.random.default_rng(0)
    counts = np.zeros(len(CLASSES), int)
    for _ in range(600):
        labels = shapes_drawing._random_classes(generator)
        assert 4 <= len(labels) <= 8
        np.add.at(counts, labels, 1)
    assert counts[0] == 0
    assert counts[1:] == pytest.approx(600, rel=0.06)


def test_objects_stay_in_sight():
    generator = np.random.default_rng(0)
    owners = np.zeros((96, 96), np.uint8)
    owners[40:56, 40:56] = 1
    areas = np.array([0, 256])
    for _ in range(30):
        mask = shapes_drawing._place(generator, 'box', owners, areas)
        assert (owners[~mask] == 1).sum() >= 0.6 * 256


def test_objects_stand_out_from_what_they_cover(monkeypatch):
    reached = []
    choose = shapes_drawing._choose_surface

    def watch(generator, image, mask):
        surface = choose(generator, image, mask)
        reached.append(shapes_drawing.contrast(surface, image, mask))
        return surface

    monkeypatch.setattr(shapes_drawing, '_choose_surface', watch)
    for index in range(8):
        draw_picture(0, 'val', index, 160)
    assert np.mean(np.array(reached) >= 60) > 0.95


def test_color_does_not_tell_the_class(pictures):
    images, labels = pictures
    half = COUNT // 2
    means = np.stack(
        [
            images[:half][labels[:half] == label].mean(axis=0)
            for label in range(len(CLASSES))
        ]
    )
    pixels, truth = images[half:].reshape(-1, 3), labels[half:].ravel()
    distances = np.linalg.norm(pixels[:, None] - means, axis=-1)
    guesses = distances.argmin(axis=1)
    recalls = [
        (guesses[truth == label] == label).mean()
        for label in range(len(CLASSES))
    ]
    # Chance is 1 in 7; the rest is that pixels of an object are alike.
    assert np.mean(recalls) < 0.21

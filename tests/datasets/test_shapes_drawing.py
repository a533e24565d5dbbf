import cv2
import numpy as np
import pytest

from refinenet_mmseg.datasets import shapes_drawing
from refinenet_mmseg.datasets.shapes_drawing import (
    CLASSES,
    STROKE_WIDTHS,
    contrast,
    draw_curve,
    draw_picture,
    fill_outlines,
    random_curve,
    random_mask,
    random_texture,
)

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
    monkeypatch.setattr(shapes_drawing, '_MIN_VISIBLE_FRACTION', -1.0)
    monkeypatch.setattr(
        shapes_drawing, 'random_mask', lambda *arguments: next(order)
    )
    monkeypatch.setattr(
        shapes_drawing, '_random_labels', lambda generator: [3, 1, 3, 6]
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
        shapes_drawing, '_random_labels', lambda generator: [1, 2]
    )
    monkeypatch.setattr(shapes_drawing, '_MIN_VISIBLE_FRACTION', 0.0)
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
        labels = shapes_drawing._random_labels(generator)
        assert 4 <= len(labels) <= 8
        np.add.at(counts, labels, 1)
    assert counts[0] == 0
    assert counts[1:] == pytest.approx(600, rel=0.06)


def test_objects_stay_in_sight():
    generator = np.random.default_rng(0)
    object_map = np.zeros((96, 96), np.uint8)
    object_map[40:56, 40:56] = 1
    areas = np.array([0, 256])
    for _ in range(30):
        mask = shapes_drawing._place_shape(generator, 'box', object_map, areas)
        assert (object_map[~mask] == 1).sum() >= 0.6 * 256


def test_objects_stand_out_from_what_they_cover(monkeypatch):
    reached = []
    choose = shapes_drawing._choose_texture

    def watch(generator, image, mask):
        texture = choose(generator, image, mask)
        reached.append(contrast(texture, image, mask))
        return texture

    monkeypatch.setattr(shapes_drawing, '_choose_texture', watch)
    for index in range(8):
        draw_picture(0, 'val', index, 160)
    assert np.mean(np.array(reached) >= 60) > 0.95


def test_color_does_not_depend_on_the_class(pictures):
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


def test_contrast_is_the_distance_most_pixels_exceed():
    behind = np.zeros((10, 10, 3), np.float32)
    texture = behind.copy()
    texture[..., 0], texture[..., 1] = 30, 40
    mask = np.ones((10, 10), bool)
    assert contrast(texture, behind, mask) == pytest.approx(50)
    texture[0] = 0  # a tenth of the pixels may blend in
    assert contrast(texture, behind, mask) == pytest.approx(50)
    texture[1] = 0
    assert contrast(texture, behind, mask) == 0


def test_contrast_is_measured_within_the_mask():
    behind = np.zeros((10, 10, 3), np.float32)
    texture = behind + 10
    mask = np.zeros((10, 10), bool)
    assert contrast(texture, behind, mask) == 0
    mask[3] = True
    texture[4:] = 0
    assert contrast(texture, behind, mask) == pytest.approx(300**0.5)


def square(half):
    corners = [[-half, -half], [half, -half], [half, half], [-half, half]]
    return np.array(corners, float) + 32


@pytest.mark.parametrize(('half', 'inside'), [(4.75, 5), (4.25, 4)])
def test_filled_pixels_have_their_center_inside(half, inside):
    expected = np.zeros((64, 64), bool)
    expected[32 - inside : 32 + inside, 32 - inside : 32 + inside] = True
    np.testing.assert_array_equal(fill_outlines([square(half)], 64), expected)


def test_second_outline_is_a_hole():
    mask = fill_outlines([square(20.0), square(10.0)], 64)
    assert not mask[24:40, 24:40].any()
    assert mask[32, 15]


@pytest.mark.parametrize('width', [2.0, 3.0, 4.5, 6.0])
def test_stroke_is_as_wide_as_asked(width):
    generator = np.random.default_rng(0)
    along = np.linspace(-50, 50, 60)[:, None]
    widths = []
    for _ in range(40):
        angle = generator.uniform(0, np.pi)
        direction = np.array([[np.cos(angle), np.sin(angle)]])
        middle = 80 + generator.uniform(-0.5, 0.5, 2)
        mask = draw_curve(along * direction + middle, width, 160)
        round_ends = np.pi * width**2 / 4
        widths.append((mask.sum() - round_ends) / 100)
    assert np.mean(widths) == pytest.approx(width, abs=0.13)
    assert np.ptp(widths) < 1


def test_random_strokes_keep_to_the_widths(monkeypatch):
    asked = []

    def watch(curve, width, size):
        asked.append(width)
        return draw_curve(curve, width, size)

    monkeypatch.setattr(shapes_drawing, 'draw_curve', watch)
    generator = np.random.default_rng(0)
    thickest = 0.0
    for _ in range(60):
        mask = random_mask(generator, 'stroke', 160).astype(np.uint8)
        distances = cv2.distanceTransform(
            mask, cv2.DIST_L2, cv2.DIST_MASK_PRECISE
        )
        thickest = max(thickest, np.percentile(distances[mask > 0], 95))
    assert min(asked) == pytest.approx(2, abs=0.3)
    assert max(asked) == pytest.approx(6, abs=0.3)
    # From the middle to the nearest pixel outside.
    assert 2.5 < thickest < 4


def test_curves_are_smooth():
    generator = np.random.default_rng(0)
    for _ in range(50):
        steps = np.diff(random_curve(generator, 160), axis=0)
        headings = np.unwrap(np.arctan2(steps[:, 1], steps[:, 0]))
        lengths = np.linalg.norm(steps, axis=1)
        radii = lengths[1:] / np.maximum(np.abs(np.diff(headings)), 1e-9)
        assert radii.min() > STROKE_WIDTHS[1]


def test_ring_has_an_empty_middle():
    generator = np.random.default_rng(0)
    whole = 0
    for _ in range(40):
        mask = random_mask(generator, 'ring', 160).astype(np.uint8)
        if mask[[0, -1]].any() or mask[:, [0, -1]].any():
            continue
        outer, _ = cv2.findContours(
            mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE
        )
        middle = outer[0].reshape(-1, 2).mean(0).round().astype(int)
        assert not mask[middle[1] - 2 : middle[1] + 3, middle[0]].any()
        whole += 1
    assert whole > 10


@pytest.mark.parametrize('name', CLASSES[1:])
def test_shape_differs_each_time_but_not_by_seed(name):
    first = random_mask(np.random.default_rng(4), name, 96)
    again = random_mask(np.random.default_rng(4), name, 96)
    other = random_mask(np.random.default_rng(5), name, 96)
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()
    assert first.any()
    assert first.mean() < 0.25


def test_some_shapes_leave_the_picture():
    generator = np.random.default_rng(0)
    masks = [random_mask(generator, 'box', 96) for _ in range(40)]
    leaving = sum(mask[0].any() or mask[:, 0].any() for mask in masks)
    assert 1 <= leaving <= 20


@pytest.fixture(scope='module')
def textures():
    generator = np.random.default_rng(0)
    return np.stack([random_texture(generator, 48) for _ in range(300)])


def test_no_color_is_clipped(textures):
    assert textures.min() >= 0
    assert textures.max() <= 255


def test_no_color_is_preferred(textures):
    means = textures.mean(axis=(1, 2)) - 127.5
    assert np.abs(means.mean(axis=0)).max() < 12
    covariance = np.cov(means.T)
    assert np.diag(covariance) == pytest.approx(80**2 / 3, rel=0.25)
    assert np.abs(covariance[~np.eye(3, dtype=bool)]).max() < 450


def test_textures_vary_around_their_color(textures):
    deviations = textures.std(axis=(1, 2)).max(axis=1)
    assert deviations.min() > 1
    assert deviations.max() < 45

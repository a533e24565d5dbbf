import cv2
import numpy as np
import pytest

from refinenet_mmseg.datasets import shapes_outlines
from refinenet_mmseg.datasets.shapes_outlines import (
    CLASSES,
    STROKE_WIDTHS,
    draw_curve,
    fill,
    random_curve,
    random_mask,
)


def square(half):
    corners = [[-half, -half], [half, -half], [half, half], [-half, half]]
    return np.array(corners, float) + 32


@pytest.mark.parametrize(('half', 'inside'), [(4.75, 5), (4.25, 4)])
def test_filled_pixels_have_their_center_inside(half, inside):
    expected = np.zeros((64, 64), bool)
    expected[32 - inside : 32 + inside, 32 - inside : 32 + inside] = True
    np.testing.assert_array_equal(fill([square(half)], 64), expected)


def test_second_outline_is_a_hole():
    mask = fill([square(20.0), square(10.0)], 64)
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

    monkeypatch.setattr(shapes_outlines, 'draw_curve', watch)
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

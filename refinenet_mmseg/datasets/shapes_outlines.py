"""Random shapes as masks: where an object is, not what it looks like."""

import cv2
import numpy as np

CLASSES = ('background', 'disc', 'ring', 'box', 'triangle', 'star', 'stroke')
"""Names of the classes; the index is the label value."""

STROKE_WIDTHS = (2.0, 6.0)
"""Least and greatest width of a stroke in pixels, at any picture size."""

_SUPERSAMPLING = 8
_FRACTION_BITS = 6
# Thicker than any stroke, so that a piece of a ring is told from one.
_LEAST_RING_THICKNESS = 7.5


def random_mask(
    generator: np.random.Generator, name: str, size: int
) -> np.ndarray:
    """Draw one shape of random place, size and rotation.

    Args:
        generator: Source of the random numbers.
        name: Class of the shape, one of ``CLASSES`` without the background.
        size: Width and height of the mask in pixels.

    Returns:
        Boolean mask, true in pixels whose center lies in the shape.
    """
    center = generator.uniform(0.08, 0.92, 2) * size
    if name == 'stroke':
        width = generator.uniform(*STROKE_WIDTHS)
        curve = random_curve(generator, size)
        return draw_curve(curve + center, width, size)
    radius = generator.uniform(0.09, 0.2) * size
    outlines = _OUTLINES[name](generator, radius)
    angle = generator.uniform(0, 2 * np.pi)
    cosine, sine = np.cos(angle), np.sin(angle)
    rotation = np.array([[cosine, sine], [-sine, cosine]])
    return fill([outline @ rotation + center for outline in outlines], size)


def fill(outlines: list[np.ndarray], size: int) -> np.ndarray:
    """Fill closed outlines by the even-odd rule: a second one is a hole.

    Args:
        outlines: Corner points (x, y) in pixels, N x 2 each.
        size: Width and height of the mask in pixels.
    """
    canvas = _new_canvas(size)
    points = [_to_canvas(outline) for outline in outlines]
    cv2.fillPoly(canvas, points, 1, shift=_FRACTION_BITS)
    return _at_pixel_centers(canvas)


def draw_curve(curve: np.ndarray, width: float, size: int) -> np.ndarray:
    """Draw an open curve with round ends.

    Args:
        curve: Points (x, y) in pixels, N x 2, dense enough to look smooth.
        width: Width of the curve in pixels.
        size: Width and height of the mask in pixels.
    """
    canvas = _new_canvas(size)
    # OpenCV draws a line of even thickness one canvas pixel too thick and
    # raises an odd thickness to the next even one.
    thickness = 2 * round((width * _SUPERSAMPLING - 1) / 2)
    cv2.polylines(
        canvas,
        [_to_canvas(curve)],
        isClosed=False,
        color=1,
        thickness=thickness,
        shift=_FRACTION_BITS,
    )
    return _at_pixel_centers(canvas)


def random_curve(generator: np.random.Generator, size: int) -> np.ndarray:
    """Draw the points of a smooth curve about the origin.

    The heading swings and drifts along the curve; both are bounded so that
    the curve neither kinks nor winds itself into a blob.

    Args:
        generator: Source of the random numbers.
        size: Width and height of the picture in pixels; the curve is 0.4 to
            0.9 of it long.
    """
    length = generator.uniform(0.4, 0.9) * size
    along = np.linspace(0, 1, 65)
    periods = generator.uniform(0.5, 1.5)
    swing = generator.uniform(0.2, 0.9) / periods
    phase, start = generator.uniform(0, 2 * np.pi, 2)
    drift = generator.uniform(-1.5, 1.5)
    heading = (
        start
        + drift * along
        + swing * np.sin(2 * np.pi * periods * along + phase)
    )
    steps = np.stack([np.cos(heading), np.sin(heading)], axis=1)
    points = np.cumsum(steps, axis=0) * (length / len(along))
    return points - points.mean(axis=0)


def _new_canvas(size: int) -> np.ndarray:
    return np.zeros((size * _SUPERSAMPLING,) * 2, np.uint8)


def _to_canvas(points: np.ndarray) -> np.ndarray:
    scaled = points * (_SUPERSAMPLING * 2**_FRACTION_BITS)
    return np.round(scaled).astype(np.int32)


def _at_pixel_centers(canvas: np.ndarray) -> np.ndarray:
    middle = _SUPERSAMPLING // 2
    return canvas[middle::_SUPERSAMPLING, middle::_SUPERSAMPLING] > 0


def _polygon(angles: np.ndarray, radii: float | np.ndarray) -> np.ndarray:
    directions = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return directions * np.reshape(radii, (-1, 1))


def _circle(radius: float) -> np.ndarray:
    return _polygon(np.linspace(0, 2 * np.pi, 96, endpoint=False), radius)


def _disc(generator: np.random.Generator, radius: float) -> list[np.ndarray]:
    return [_circle(radius)]


def _ring(generator: np.random.Generator, radius: float) -> list[np.ndarray]:
    thickness = radius * generator.uniform(0.28, 0.45)
    # A small ring keeps a hole, whatever the least thickness.
    thickness = min(max(thickness, _LEAST_RING_THICKNESS), radius * 0.6)
    return [_circle(radius), _circle(radius - thickness)]


def _box(generator: np.random.Generator, radius: float) -> list[np.ndarray]:
    half_width = radius
    half_height = radius * generator.uniform(0.45, 1.0)
    signs = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
    return [signs * (half_width, half_height)]


def _triangle(
    generator: np.random.Generator, radius: float
) -> list[np.ndarray]:
    thirds = np.arange(3) * (2 * np.pi / 3)
    return [_polygon(thirds + generator.uniform(-0.35, 0.35, 3), 1.2 * radius)]


def _star(generator: np.random.Generator, radius: float) -> list[np.ndarray]:
    radii = np.full(10, 1.25 * radius)
    radii[1::2] *= generator.uniform(0.38, 0.5)
    return [_polygon(np.arange(10) * (np.pi / 5), radii)]


_OUTLINES = {
    'disc': _disc,
    'ring': _ring,
    'box': _box,
    'triangle': _triangle,
    'star': _star,
}

"""Random pictures of shapes with their label maps."""

import cv2
import numpy as np

# Names of the classes; the index is the label value.
CLASSES = ('background', 'disc', 'ring', 'box', 'triangle', 'star', 'stroke')

# Names of the splits; they share no picture.
SPLITS = ('train', 'val')

# Minimum and maximum width of a stroke in pixels, at any picture size.
STROKE_WIDTHS = (2.0, 6.0)

_MIN_OBJECTS, _MAX_OBJECTS = 4, 8
_MIN_VISIBLE_FRACTION = 0.6
_MIN_CONTRAST = 60.0
_MAX_TRIES = 16

# Masks are drawn at 8 times the size, at 1/64 of a pixel there.
_SUPERSAMPLING = 8
_FRACTION_BITS = 6
# Thicker than any stroke: a piece of a ring must not look like a stroke.
_MIN_RING_THICKNESS = 7.5

_MIDDLE_GRAY = 127.5
# Together below 127.5: no color is ever clipped.
_COLOR_RADIUS = 80.0
_MAX_COLOR_CHANGE = 40.0


def draw_picture(
    seed: int, split: str, index: int, size: int
) -> tuple[np.ndarray, np.ndarray]:
    """Draw one picture, the same for the same arguments in any order.

    Args:
        seed: Seed of the data set, 0 or more.
        split: One of ``SPLITS``.
        index: Number of the picture in its split, from 0.
        size: Width and height in pixels.

    Returns:
        RGB image (size, size, 3) and label map (size, size), both of 8-bit
        integers. The label of a pixel is the class of the topmost object
        there, or 0 for the background.
    """
    generator = np.random.default_rng([seed, SPLITS.index(split), index])
    image = random_texture(generator, size)
    # Index of the topmost object of each pixel, from 1; 0 is background.
    object_map: np.ndarray = np.zeros((size, size), np.uint8)
    labels = _random_labels(generator)
    areas: np.ndarray = np.zeros(len(labels) + 1, np.int64)
    for number, label in enumerate(labels, start=1):
        mask = _place_shape(generator, CLASSES[label], object_map, areas)
        texture = _choose_texture(generator, image, mask)
        image[mask] = texture[mask]
        object_map[mask] = number
        areas[number] = mask.sum()
    label_of_object = np.array([0, *labels], np.uint8)
    return _add_camera_noise(generator, image), label_of_object[object_map]


def _random_labels(generator: np.random.Generator) -> list[int]:
    """Draw the labels of the objects, from back to front.

    A class is repeated only after all others, so that all are drawn equally
    often.
    """
    count = generator.integers(_MIN_OBJECTS, _MAX_OBJECTS + 1)
    rounds = [
        generator.permutation(np.arange(1, len(CLASSES))) for _ in range(2)
    ]
    return [int(label) for label in np.concatenate(rounds)[:count]]


def _place_shape(
    generator: np.random.Generator,
    name: str,
    object_map: np.ndarray,
    areas: np.ndarray,
) -> np.ndarray:
    """Draw a shape that leaves enough of each earlier object visible.

    After ``_MAX_TRIES`` draws the best one is taken. None is left out, or
    large classes would become rarer than small ones.
    """
    best_visible, best_mask = -1.0, np.zeros_like(object_map, bool)
    for _ in range(_MAX_TRIES):
        mask = random_mask(generator, name, len(object_map))
        visible_areas = np.bincount(object_map[~mask], minlength=len(areas))
        drawn = areas > 0
        visible = float(min(visible_areas[drawn] / areas[drawn], default=1.0))
        if visible > best_visible:
            best_visible, best_mask = visible, mask
        if visible >= _MIN_VISIBLE_FRACTION:
            break
    return best_mask


def _choose_texture(
    generator: np.random.Generator, image: np.ndarray, mask: np.ndarray
) -> np.ndarray:
    """Draw a texture that stands out from what the object covers."""
    best_contrast, best_texture = -1.0, image
    for _ in range(_MAX_TRIES):
        texture = random_texture(generator, len(image))
        reached = contrast(texture, image, mask)
        if reached > best_contrast:
            best_contrast, best_texture = reached, texture
        if reached >= _MIN_CONTRAST:
            break
    return best_texture


def contrast(
    texture: np.ndarray, behind: np.ndarray, mask: np.ndarray
) -> float:
    """Measure how well a texture stands out from what it covers.

    Args:
        texture: RGB values of the object (H, W, 3).
        behind: RGB values of the picture before the object is drawn.
        mask: Pixels of the object (H, W).

    Returns:
        RGB distance that 85 % of the pixels exceed, 0 for an empty mask.
    """
    difference = texture[mask] - behind[mask]
    if not len(difference):
        return 0.0
    return float(np.percentile(np.linalg.norm(difference, axis=1), 15))


def _add_camera_noise(
    generator: np.random.Generator, image: np.ndarray
) -> np.ndarray:
    """Add the slight blur and the noise of a camera."""
    blurred = cv2.GaussianBlur(image, (0, 0), generator.uniform(0.4, 0.8))
    deviation = np.float32(generator.uniform(1.0, 4.0))
    noise = generator.standard_normal(image.shape, np.float32) * deviation
    return np.clip(np.round(blurred + noise), 0, 255).astype(np.uint8)


def random_mask(
    generator: np.random.Generator, name: str, size: int
) -> np.ndarray:
    """Draw one shape of random position, size and rotation.

    Args:
        generator: Source of the random numbers.
        name: Class of the shape, one of ``CLASSES`` without the background.
        size: Width and height of the mask in pixels.

    Returns:
        Boolean mask (size, size), true in pixels whose center lies in the
        shape.
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
    return fill_outlines(
        [outline @ rotation + center for outline in outlines], size
    )


def fill_outlines(outlines: list[np.ndarray], size: int) -> np.ndarray:
    """Fill closed outlines by the even-odd rule: a second one is a hole.

    Args:
        outlines: Corner points (x, y) in pixels, (N, 2) each.
        size: Width and height of the mask in pixels.

    Returns:
        Boolean mask (size, size).
    """
    canvas = _new_canvas(size)
    points = [_to_canvas(outline) for outline in outlines]
    cv2.fillPoly(canvas, points, 1, shift=_FRACTION_BITS)
    return _sample_pixel_centers(canvas)


def draw_curve(curve: np.ndarray, width: float, size: int) -> np.ndarray:
    """Draw an open curve with round ends.

    Args:
        curve: Points (x, y) in pixels, (N, 2), dense enough to look smooth.
        width: Width of the curve in pixels.
        size: Width and height of the mask in pixels.

    Returns:
        Boolean mask (size, size).
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
    return _sample_pixel_centers(canvas)


def _new_canvas(size: int) -> np.ndarray:
    return np.zeros((size * _SUPERSAMPLING,) * 2, np.uint8)


def _to_canvas(points: np.ndarray) -> np.ndarray:
    scaled = points * (_SUPERSAMPLING * 2**_FRACTION_BITS)
    return np.round(scaled).astype(np.int32)


def _sample_pixel_centers(canvas: np.ndarray) -> np.ndarray:
    middle = _SUPERSAMPLING // 2
    return canvas[middle::_SUPERSAMPLING, middle::_SUPERSAMPLING] > 0


def random_curve(generator: np.random.Generator, size: int) -> np.ndarray:
    """Draw the points of a smooth curve about the origin.

    The heading swings and drifts along the curve; both are bounded so that
    the curve has no kinks and does not wind into a blob.

    Args:
        generator: Source of the random numbers.
        size: Width and height of the picture in pixels; the curve is 0.4 to
            0.9 times as long.

    Returns:
        Points (x, y) in pixels, (N, 2).
    """
    length = generator.uniform(0.4, 0.9) * size
    positions = np.linspace(0, 1, 65)
    periods = generator.uniform(0.5, 1.5)
    swing = generator.uniform(0.2, 0.9) / periods
    phase, start = generator.uniform(0, 2 * np.pi, 2)
    drift = generator.uniform(-1.5, 1.5)
    heading = (
        start
        + drift * positions
        + swing * np.sin(2 * np.pi * periods * positions + phase)
    )
    steps = np.stack([np.cos(heading), np.sin(heading)], axis=1)
    points = np.cumsum(steps, axis=0) * (length / len(positions))
    return points - points.mean(axis=0)


def _polygon(angles: np.ndarray, radii: float | np.ndarray) -> np.ndarray:
    directions = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return directions * np.reshape(radii, (-1, 1))


def _circle(radius: float) -> np.ndarray:
    return _polygon(np.linspace(0, 2 * np.pi, 96, endpoint=False), radius)


def _disc(generator: np.random.Generator, radius: float) -> list[np.ndarray]:
    return [_circle(radius)]


def _ring(generator: np.random.Generator, radius: float) -> list[np.ndarray]:
    thickness = radius * generator.uniform(0.28, 0.45)
    # A small ring keeps its hole despite the minimum thickness.
    thickness = min(max(thickness, _MIN_RING_THICKNESS), radius * 0.6)
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


def random_texture(generator: np.random.Generator, size: int) -> np.ndarray:
    """Draw a texture: a base color, two noise fields and a gradient.

    It is independent of the class. Base colors lie evenly on a sphere about
    middle gray, and every change of color has an evenly distributed
    direction. So the distribution is the same in all directions, and
    choosing textures by their ``contrast`` prefers no color.

    Args:
        generator: Source of the random numbers.
        size: Width and height in pixels.

    Returns:
        RGB values of 0 to 255, (size, size, 3), 32-bit floating point.
    """
    color = _MIDDLE_GRAY + _COLOR_RADIUS * _random_direction(generator)
    fields = [
        _noise(generator, size),
        _noise(generator, size),
        _gradient(generator, size),
    ]
    amplitudes = _MAX_COLOR_CHANGE * generator.dirichlet(np.ones(len(fields)))
    changes = [
        amplitude * _random_direction(generator) for amplitude in amplitudes
    ]
    mixture = np.array(changes, np.float32)
    return color.astype(np.float32) + np.stack(fields, axis=-1) @ mixture


def _random_direction(generator: np.random.Generator) -> np.ndarray:
    direction = generator.standard_normal(3)
    return direction / np.linalg.norm(direction)


def _noise(generator: np.random.Generator, size: int) -> np.ndarray:
    """Sum noise of several grain sizes, stretched, between -1 and 1."""
    total: np.ndarray = np.zeros((size, size), np.float32)
    stretch = np.exp2(generator.uniform(-1.5, 1.5))
    weights = generator.dirichlet(np.ones(5))
    for octave, weight in enumerate(weights):
        cells = size / 2 ** (octave + 1)
        rows, columns = (
            int(np.clip(cells * factor, 2, size)) + 2
            for factor in (stretch, 1 / stretch)
        )
        grid = generator.standard_normal((rows, columns), np.float32)
        grid = cv2.resize(grid, (size, size), interpolation=cv2.INTER_CUBIC)
        total += np.float32(weight) * grid
    return np.tanh(total / total.std())


def _gradient(generator: np.random.Generator, size: int) -> np.ndarray:
    """Rise linearly across the picture in a random direction, -1 to 1."""
    angle = generator.uniform(0, 2 * np.pi)
    ramp = np.linspace(-1, 1, size, dtype=np.float32)
    field = np.cos(angle) * ramp[None, :] + np.sin(angle) * ramp[:, None]
    return (field / np.abs(field).max()).astype(np.float32)

"""Random surfaces: color and texture that tell nothing about the class."""

import cv2
import numpy as np

_MIDDLE_GRAY = 127.5
# Together below 127.5: no color is ever clipped.
_COLOR_RADIUS = 80.0
_GREATEST_CHANGE = 40.0


def random_texture(generator: np.random.Generator, size: int) -> np.ndarray:
    """Draw a surface: a base color, two fields of noise and a gradient.

    Base colors lie evenly on a sphere about middle gray and every change of
    color goes in an even random direction. So the distribution looks the
    same from all sides, and choosing surfaces by their distance to another
    (``contrast``) prefers no color.

    Args:
        generator: Source of the random numbers.
        size: Width and height in pixels.

    Returns:
        RGB values in 0 to 255, size x size x 3, 32-bit floating point.
    """
    color = _MIDDLE_GRAY + _COLOR_RADIUS * _random_direction(generator)
    fields = [
        _noise(generator, size),
        _noise(generator, size),
        _gradient(generator, size),
    ]
    amplitudes = _GREATEST_CHANGE * generator.dirichlet(np.ones(len(fields)))
    changes = [
        amplitude * _random_direction(generator) for amplitude in amplitudes
    ]
    mixture = np.array(changes, np.float32)
    return color.astype(np.float32) + np.stack(fields, axis=-1) @ mixture


def contrast(
    surface: np.ndarray, behind: np.ndarray, mask: np.ndarray
) -> float:
    """Measure how well a surface stands out from what it covers.

    Args:
        surface: RGB values of the object, H x W x 3.
        behind: RGB values of the picture before the object is drawn.
        mask: Pixels of the object, H x W.

    Returns:
        RGB distance that 85 % of the pixels exceed, 0 for an empty mask.
    """
    difference = surface[mask] - behind[mask]
    if not len(difference):
        return 0.0
    return float(np.percentile(np.linalg.norm(difference, axis=1), 15))


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

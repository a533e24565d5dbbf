"""Composition of one picture: surfaces, shapes, overlap and the camera."""

import cv2
import numpy as np

from .shapes_outlines import CLASSES, random_mask
from .shapes_textures import contrast, random_texture

SPLITS = ('train', 'val')
"""Names of the two parts; they share no picture."""

_FEWEST_OBJECTS, _MOST_OBJECTS = 4, 8
_WANTED_CONTRAST = 60.0
_WANTED_VISIBLE = 0.6
_TRIES = 16


def draw_picture(
    seed: int, split: str, index: int, size: int
) -> tuple[np.ndarray, np.ndarray]:
    """Draw one picture, the same for the same arguments in any order.

    Args:
        seed: Seed of the data set, 0 or more.
        split: Part of the data set, one of ``SPLITS``.
        index: Number of the picture in its part, from 0.
        size: Width and height in pixels.

    Returns:
        RGB image, size x size x 3, and its label map, size x size, both of
        8-bit integers. A pixel's label is the class of the topmost object
        there, or 0 for the background.
    """
    generator = np.random.default_rng([seed, SPLITS.index(split), index])
    image = random_texture(generator, size)
    owners: np.ndarray = np.zeros((size, size), np.uint8)
    labels = _random_classes(generator)
    areas: np.ndarray = np.zeros(len(labels) + 1, np.int64)
    for owner, label in enumerate(labels, start=1):
        mask = _place(generator, CLASSES[label], owners, areas)
        surface = _choose_surface(generator, image, mask)
        image[mask] = surface[mask]
        owners[mask] = owner
        areas[owner] = mask.sum()
    label_of = np.array([0, *labels], np.uint8)
    return _photograph(generator, image), label_of[owners]


def _random_classes(generator: np.random.Generator) -> list[int]:
    """Draw the labels of the objects, from back to front.

    A class comes again only after all others, so that each is an object
    equally often.
    """
    count = generator.integers(_FEWEST_OBJECTS, _MOST_OBJECTS + 1)
    rounds = [
        generator.permutation(np.arange(1, len(CLASSES))) for _ in range(2)
    ]
    return [int(label) for label in np.concatenate(rounds)[:count]]


def _place(
    generator: np.random.Generator,
    name: str,
    owners: np.ndarray,
    areas: np.ndarray,
) -> np.ndarray:
    """Draw a shape that leaves enough of each earlier object in sight.

    After ``_TRIES`` draws the best one stands: none is left out, or large
    classes would become rarer than small ones.
    """
    best_visible, best_mask = -1.0, np.zeros_like(owners, bool)
    for _ in range(_TRIES):
        mask = random_mask(generator, name, len(owners))
        left = np.bincount(owners[~mask], minlength=len(areas))
        drawn = areas > 0
        visible = float(min(left[drawn] / areas[drawn], default=1.0))
        if visible > best_visible:
            best_visible, best_mask = visible, mask
        if visible >= _WANTED_VISIBLE:
            break
    return best_mask


def _choose_surface(
    generator: np.random.Generator, image: np.ndarray, mask: np.ndarray
) -> np.ndarray:
    """Draw a surface that can be told from what the object covers."""
    best_contrast, best_surface = -1.0, image
    for _ in range(_TRIES):
        surface = random_texture(generator, len(image))
        reached = contrast(surface, image, mask)
        if reached > best_contrast:
            best_contrast, best_surface = reached, surface
        if reached >= _WANTED_CONTRAST:
            break
    return best_surface


def _photograph(
    generator: np.random.Generator, image: np.ndarray
) -> np.ndarray:
    """Add the slight blur and the noise of a camera."""
    blurred = cv2.GaussianBlur(image, (0, 0), generator.uniform(0.4, 0.8))
    deviation = np.float32(generator.uniform(1.0, 4.0))
    noise = generator.standard_normal(image.shape, np.float32) * deviation
    return np.clip(np.round(blurred + noise), 0, 255).astype(np.uint8)

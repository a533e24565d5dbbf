"""Which images an epoch of class-balanced sampling has.

The rules are those of RefineNet's released code.
"""

from collections.abc import Iterator

import numpy as np


def class_balanced_epochs(
    membership: np.ndarray,
    seed: int,
    images_per_class: int,
    min_images: int,
    max_images: int,
) -> Iterator[np.ndarray]:
    """Draw epochs without end.

    An epoch walks the images in random order, those not yet used in earlier
    epochs first, and takes an image if one of its classes has been taken
    fewer than ``images_per_class`` times. Too few images are filled up in the
    walk's order; of too many, random ones stay. Images without a class are
    never drawn.

    Args:
        membership: Whether image n shows class c, (N, C).
        seed: Start of the random numbers.
        images_per_class: How often a class is taken in an epoch before it no
            longer counts.
        min_images: Least images of an epoch; where there are no more, an
            epoch has them all.
        max_images: Most images of an epoch.

    Yields:
        The images of an epoch, as indices in the order of training.
    """
    generator = np.random.default_rng(seed)
    labeled = np.flatnonzero(membership.any(axis=1))
    unused: np.ndarray = np.ones(len(membership), bool)
    while True:
        walk = generator.permutation(labeled)
        if len(walk) > min_images:
            # Stable: random order among the unused and among the used.
            walk = walk[np.argsort(~unused[walk], kind='stable')]
            taken = _take(membership[walk], images_per_class)
            if taken.sum() < min_images:
                missing = min_images - taken.sum()
                taken[np.flatnonzero(~taken)[:missing]] = True
            walk = generator.permutation(walk[taken])[:max_images]
            unused[walk] = False
            if not unused[labeled].any():
                unused[:] = True
        yield walk


def _take(membership: np.ndarray, images_per_class: int) -> np.ndarray:
    """Tell which images of a walk are taken.

    Args:
        membership: Whether the n-th image of the walk shows class c, (N, C).
        images_per_class: Images after which a class no longer counts.
    """
    taken: np.ndarray = np.zeros(len(membership), bool)
    # Classes without an image have nothing to wait for.
    counts = np.where(membership.any(axis=0), 0, images_per_class)
    for index, classes in enumerate(membership):
        if (classes & (counts < images_per_class)).any():
            taken[index] = True
            counts += classes
            if counts.min() >= images_per_class:
                break
    return taken

"""Class-balanced sampling as in RefineNet's released code."""

from collections.abc import Iterator
from itertools import chain, islice
from typing import Any

import numpy as np
from mmengine.dist import (
    broadcast_object_list,
    get_dist_info,
    sync_random_seed,
)
from mmseg.registry import DATA_SAMPLERS
from torch.utils.data import Sampler

from ...images import IGNORED_LABEL
from .class_index import load_class_index


@DATA_SAMPLERS.register_module()
class ClassBalancedSampler(Sampler):
    """Draw images so that every class occurs often, without end.

    Source: RefineNet's released code, which trains on epochs of 1,000 to
    2,000 images: images are walked in random order, those not yet used in
    earlier epochs first, and taken if one of their classes has been taken
    fewer than 100 times. All processes draw the same images and take turns.

    Args:
        dataset: Data set of mmseg with label maps.
        seed: Seed of the random numbers, the same in all processes; None
            means a random one. Default: None.
        images_per_class: How often a class is taken in an epoch before it no
            longer counts. Default: 100.
        min_images: Least images of an epoch; a data set without more is
            drawn as a whole. Default: 1000.
        max_images: Most images of an epoch. Default: 2000.
        ignore_index: Label value that is no class. Default: 255.
        cache_dir: Folder that caches the classes of the images, which are
            read from all label maps the first time; None caches nothing.
            Default: 'work_dirs/class_index'.

    Raises:
        ValueError: If the numbers of images do not go together, images have
            no label map, label maps hold wrong values or no class at all.
    """

    def __init__(
        self,
        dataset: Any,
        seed: int | None = None,
        images_per_class: int = 100,
        min_images: int = 1000,
        max_images: int = 2000,
        ignore_index: int = IGNORED_LABEL,
        cache_dir: str | None = 'work_dirs/class_index',
    ) -> None:
        if images_per_class < 1 or not 0 < min_images <= max_images:
            raise ValueError(
                'an epoch needs images_per_class >= 1 and 0 < min_images <= '
                f'max_images, got images_per_class={images_per_class}, '
                f'min_images={min_images} and max_images={max_images}'
            )
        self.rank, self.world_size = get_dist_info()
        self.seed = sync_random_seed() if seed is None else seed
        self.images_per_class = images_per_class
        self.min_images = min_images
        self.max_images = max_images
        # One process reads it: others may not see the same folder.
        shared: list[Any] = [None]
        if self.rank == 0:
            shared = [load_class_index(dataset, ignore_index, cache_dir)]
        broadcast_object_list(shared)
        self.class_index: np.ndarray = shared[0]  # (N, C)
        if not self.class_index.any():
            raise ValueError(
                f'none of the {len(dataset)} label maps shows a class: all '
                f'pixels are {ignore_index} (ignored); correct the label '
                'maps or `reduce_zero_label`'
            )
        self._skipped = 0

    def __iter__(self) -> Iterator[int]:
        """Draw the indices of this process, after those that are skipped."""
        epochs = draw_epochs(
            self.class_index,
            self.seed,
            self.images_per_class,
            self.min_images,
            self.max_images,
        )
        first = self.rank + self._skipped * self.world_size
        images = chain.from_iterable(epoch.tolist() for epoch in epochs)
        return islice(images, first, None, self.world_size)

    def __len__(self) -> int:
        """Return the number of images, as mmengine's infinite sampler."""
        return len(self.class_index)

    def skip(self, num_samples: int) -> None:
        """Skip the images of a resumed training, without loading them.

        Source: the samplers of OneDL's mmengine, whose iteration loop calls
        this when it resumes; upstream's loads and throws away instead.

        Args:
            num_samples: Images that this process has trained on, counted
                from the start.

        Raises:
            ValueError: If the number is negative.
        """
        if num_samples < 0:
            raise ValueError(
                f'num_samples must not be negative, got {num_samples}'
            )
        self._skipped = num_samples

    def set_epoch(self, epoch: int) -> None:
        """Do nothing: to an iteration loop, all training is one epoch."""


def draw_epochs(
    class_index: np.ndarray,
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
        class_index: Whether image n shows class c, of shape (N, C).
        seed: Seed of the random numbers.
        images_per_class: How often a class is taken in an epoch before it no
            longer counts.
        min_images: Least images of an epoch; if there are no more, an epoch
            has them all.
        max_images: Most images of an epoch.

    Yields:
        The images of an epoch, as indices in the order of training.
    """
    generator = np.random.default_rng(seed)
    labeled = np.flatnonzero(class_index.any(axis=1))
    unused: np.ndarray = np.ones(len(class_index), bool)
    while True:
        walk = generator.permutation(labeled)
        if len(walk) > min_images:
            # Stable: random order among the unused and among the used.
            walk = walk[np.argsort(~unused[walk], kind='stable')]
            is_taken = _take_images(class_index[walk], images_per_class)
            if is_taken.sum() < min_images:
                missing = min_images - is_taken.sum()
                is_taken[np.flatnonzero(~is_taken)[:missing]] = True
            walk = generator.permutation(walk[is_taken])[:max_images]
            unused[walk] = False
            if not unused[labeled].any():
                unused[:] = True
        yield walk


def _take_images(class_index: np.ndarray, images_per_class: int) -> np.ndarray:
    """Select the images of a walk whose classes still need images.

    Args:
        class_index: Whether the n-th image of the walk shows class c, of
            shape (N, C).
        images_per_class: Images after which a class no longer counts.

    Returns:
        Whether the n-th image is taken, of shape (N,).
    """
    is_taken: np.ndarray = np.zeros(len(class_index), bool)
    # Classes without an image need none.
    counts = np.where(class_index.any(axis=0), 0, images_per_class)
    for position, classes in enumerate(class_index):
        if (classes & (counts < images_per_class)).any():
            is_taken[position] = True
            counts += classes
            if counts.min() >= images_per_class:
                break
    return is_taken

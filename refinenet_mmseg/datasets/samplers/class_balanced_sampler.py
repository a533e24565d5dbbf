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

from .class_balanced_epochs import class_balanced_epochs
from .class_lists import class_membership


@DATA_SAMPLERS.register_module()
class ClassBalancedSampler(Sampler):
    """Draw images so that every class comes up, without end.

    Source: RefineNet's released code, which trains on epochs of 1,000 to
    2,000 images: images are walked in random order, those not yet used in
    earlier epochs first, and taken if one of their classes has been taken
    fewer than 100 times. All processes draw the same images and take turns.

    Args:
        dataset: Data set of mmseg with label maps.
        seed: Start of the random numbers, the same in all processes; None
            means a random one. Default: None.
        images_per_class: How often a class is taken in an epoch before it no
            longer counts. Default: 100.
        min_images: Least images of an epoch; a data set without more is
            drawn as a whole. Default: 1000.
        max_images: Most images of an epoch. Default: 2000.
        ignore_index: Label value that is no class. Default: 255.
        cache_dir: Folder that keeps the classes of the images, which are
            read from all label maps the first time; None keeps nothing.
            Default: 'work_dirs/class_lists'.

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
        ignore_index: int = 255,
        cache_dir: str | None = 'work_dirs/class_lists',
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
        # Read by one process: the others may not see the same folder.
        shared: list[Any] = [None]
        if self.rank == 0:
            shared = [class_membership(dataset, ignore_index, cache_dir)]
        broadcast_object_list(shared)
        self.membership: np.ndarray = shared[0]
        if not self.membership.any():
            raise ValueError(
                f'none of the {len(dataset)} label maps shows a class: all '
                f'pixels are {ignore_index} (ignored); correct the label '
                'maps or `reduce_zero_label`'
            )
        self._skipped = 0

    def __iter__(self) -> Iterator[int]:
        """Draw the indices of this process, from where ``skip`` has led."""
        epochs = class_balanced_epochs(
            self.membership,
            self.seed,
            self.images_per_class,
            self.min_images,
            self.max_images,
        )
        first = self.rank + self._skipped * self.world_size
        images = chain.from_iterable(epoch.tolist() for epoch in epochs)
        return islice(images, first, None, self.world_size)

    def __len__(self) -> int:
        """Tell the number of images, as mmengine's infinite sampler does."""
        return len(self.membership)

    def skip(self, num_samples: int) -> None:
        """Start where a training run was left, without loading an image.

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

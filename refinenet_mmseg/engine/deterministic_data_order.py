"""Deterministic data order, which an interruption does not change.

The random numbers of an image's augmentation depend on the training's seed and
on the image's position among all images drawn. So they depend neither on
earlier images nor on the number of workers, and a resumed training draws the
same as one that was never interrupted.
"""

import random
from collections.abc import Iterator
from itertools import count, islice
from typing import Any, NamedTuple

import numpy as np
import torch
from mmengine.dist import get_dist_info
from mmseg.registry import DATA_SAMPLERS
from torch.utils.data import Dataset, Sampler


class Draw(NamedTuple):
    """An image, and its position among all images that a training draws.

    Args:
        number: The position, counted over all processes, from 0.
        image: Index of the image in the data set.
    """

    number: int
    image: int


def seed_randomness(*origin: int, accelerators: bool = False) -> None:
    """Seed the random numbers of Python, numpy and torch.

    Args:
        origin: Whole numbers, not negative, that determine the seeds.
        accelerators: Whether to seed GPUs as well. Default: False.
    """
    seeds = np.random.SeedSequence(origin).generate_state(3).tolist()
    random.seed(seeds[0])
    np.random.seed(seeds[1])
    if accelerators:
        torch.manual_seed(seeds[2])
    else:
        torch.default_generator.manual_seed(seeds[2])


class SeededDataset(Dataset):
    """A data set whose random augmentation depends on a draw's number.

    All other attributes are those of the wrapped data set.

    Args:
        dataset: The data set.
        seed: The training's seed.
    """

    def __init__(self, dataset: Any, seed: int) -> None:
        self.dataset = dataset
        self.seed = seed

    def __getitem__(self, draw: Draw | int) -> Any:
        """Load a draw; a plain index uses the current random numbers."""
        if isinstance(draw, Draw):
            seed_randomness(self.seed, draw.number)
            return self.dataset[draw.image]
        return self.dataset[draw]

    def __len__(self) -> int:
        return len(self.dataset)

    def __getattr__(self, name: str) -> Any:
        # While it is unpickled, there is no wrapped data set yet.
        if name.startswith('__') or name == 'dataset':
            raise AttributeError(name)
        return getattr(self.dataset, name)


class NumberedSampler(Sampler):
    """Number the draws of a sampler, without end.

    A sampler that ends is started again with the number of the next epoch.

    Args:
        dataset: The data set.
        seed: The training's seed, the same in all processes.
        sampler: Config of the sampler.
    """

    def __init__(self, dataset: Any, seed: int, sampler: dict) -> None:
        self.rank, self.world_size = get_dist_info()
        self.sampler = DATA_SAMPLERS.build(
            sampler, default_args=dict(dataset=dataset, seed=seed)
        )
        self._skipped = 0

    def __iter__(self) -> Iterator[Draw]:
        """Draw images, after those that are skipped."""
        for position, index in enumerate(self._indices(), self._skipped):
            yield Draw(position * self.world_size + self.rank, index)

    def __len__(self) -> int:
        return len(self.sampler)

    def skip(self, num_samples: int) -> None:
        """Skip the images of a resumed training, without loading them.

        Args:
            num_samples: Images that this process has trained on, counted
                from the start.
        """
        self._skipped = num_samples
        if hasattr(self.sampler, 'skip'):
            self.sampler.skip(num_samples)

    def set_epoch(self, epoch: int) -> None:
        """Do nothing: to an iteration loop, all training is one epoch."""

    def _indices(self) -> Iterator[int]:
        if hasattr(self.sampler, 'skip'):
            yield from self.sampler
        else:
            yield from islice(self._epochs(), self._skipped, None)

    def _epochs(self) -> Iterator[int]:
        for epoch in count():
            if hasattr(self.sampler, 'set_epoch'):
                self.sampler.set_epoch(epoch)
            yield from self.sampler

"""A training's images, numbered, each with random numbers of its own.

Where the numbers come from a generator that runs on, a training that is
resumed meets others than one that was never interrupted. Here they follow
from the training's seed and the image's place among all images drawn, and so
do not depend on what came before, nor on the number of workers.
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
    """An image, and its place among all that a training draws.

    Args:
        number: The place, counted over all processes, from 0.
        image: Its index in the data set.
    """

    number: int
    image: int


def seed_randomness(*origin: int, accelerators: bool = False) -> None:
    """Start Python's, numpy's and torch's random numbers.

    Args:
        origin: What they depend on: whole numbers, none negative.
        accelerators: Whether to start those of GPUs as well.
    """
    words = np.random.SeedSequence(origin).generate_state(3).tolist()
    random.seed(words[0])
    np.random.seed(words[1])
    if accelerators:
        torch.manual_seed(words[2])
    else:
        torch.default_generator.manual_seed(words[2])


class SeededDataset(Dataset):
    """A data set whose random augmentation follows from a draw's number.

    In all else it is the data set within.

    Args:
        dataset: The data set.
        seed: The training's seed.
    """

    def __init__(self, dataset: Any, seed: int) -> None:
        self.dataset = dataset
        self.seed = seed

    def __getitem__(self, draw: Draw | int) -> Any:
        """Load a draw; a mere index, with whatever random numbers come."""
        if isinstance(draw, Draw):
            seed_randomness(self.seed, draw.number)
            return self.dataset[draw.image]
        return self.dataset[draw]

    def __len__(self) -> int:
        return len(self.dataset)

    def __getattr__(self, name: str) -> Any:
        # Not while it is unpickled, when there is nothing within yet.
        if name.startswith('__') or name == 'dataset':
            raise AttributeError(name)
        return getattr(self.dataset, name)


class NumberedSampler(Sampler):
    """Number what a sampler draws, without end.

    A sampler that comes to an end starts again, with the next epoch's
    number.

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
        """Draw from where ``skip`` has led."""
        for place, index in enumerate(self._indices(), self._skipped):
            yield Draw(place * self.world_size + self.rank, index)

    def __len__(self) -> int:
        return len(self.sampler)

    def skip(self, num_samples: int) -> None:
        """Start where a training was left, without loading an image.

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

"""A training by iterations that goes on where it was left."""

import functools
from collections.abc import Iterator
from itertools import islice, repeat
from typing import Any

from mmengine.dataset import InfiniteSampler
from mmengine.runner import IterBasedTrainLoop

from .words import words_of


def skip_seen_batches() -> None:
    """Let a sampler skip what was seen, without loading it.

    What: ``--resume`` loads every batch again that the training has seen, for
    hours after a long one.
    Where: mmengine, ``runner/loops.py``, ``IterBasedTrainLoop.run``; seen in
    0.10.7, not in OneDL's, which asks the sampler to ``skip``.
    Until: mmengine asks the sampler to skip.
    """
    if 'skip_iter' in words_of(IterBasedTrainLoop.run):
        return
    original = IterBasedTrainLoop.run

    @functools.wraps(original)
    def run(self: IterBasedTrainLoop) -> Any:
        loader = self.dataloader_iterator._dataloader
        skip = getattr(loader.sampler, 'skip', None)
        if self._iter and skip is not None:
            skip(self._iter * loader.batch_size)
            batches = self.dataloader_iterator
            # Started when it was built, from the first batch on.
            batches._iterator = iter(loader)
            self.dataloader_iterator = _after_nothing(self._iter, batches)
        return original(self)

    IterBasedTrainLoop.run = run


def skip_draws_of_infinite_sampler() -> None:
    """Let mmengine's infinite sampler start where a training was left.

    What: it cannot be told to, nor to start again: every draw is loaded.
    Where: mmengine, ``dataset/sampler.py``, ``InfiniteSampler``; seen in
    0.10.7, not in OneDL's, whose sampler has a ``skip``.
    Until: the sampler has one.
    """
    if hasattr(InfiniteSampler, 'skip'):
        return

    def skip(self: InfiniteSampler, num_samples: int) -> None:
        self.indices = islice(self._indices_of_rank(), num_samples, None)

    InfiniteSampler.skip = skip


def _after_nothing(count: int, batches: Iterator[Any]) -> Iterator[Any]:
    """Give nothing ``count`` times, then the batches."""
    yield from repeat(None, count)
    yield from batches

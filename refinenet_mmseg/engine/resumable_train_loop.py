import copy
from collections.abc import Iterator
from itertools import islice, repeat
from typing import Any

from mmengine.dataset import InfiniteSampler
from mmengine.dist import get_rank
from mmengine.runner import IterBasedTrainLoop, Runner
from mmengine.runner.loops import _InfiniteDataloaderIterator
from mmseg.registry import DATASETS, LOOPS
from torch.utils.data import DataLoader

from ..configs import use_strict_loading
from .deterministic_data_order import (
    NumberedSampler,
    SeededDataset,
    seed_randomness,
)


@LOOPS.register_module()
class ResumableTrainLoop(IterBasedTrainLoop):
    """Train by iterations, with the same result after an interruption.

    All random numbers depend on the training's seed: the draws of images;
    the augmentation of an image, also on its number among all draws; the
    network's dropout, also on the iteration and the process. So a training
    that is resumed from a checkpoint continues as it would have without
    interruption, with any number of workers. Exceptions are transforms with
    their own random numbers (Albumentations) and gradients that were
    accumulated since the last step of the optimizer.

    Args:
        runner: The runner.
        dataloader: Config of the data loader, or a built one, which is used
            unchanged.
        max_iters: Number of iterations.
        kwargs: As mmengine's ``IterBasedTrainLoop``.
    """

    def __init__(
        self,
        runner: Runner,
        dataloader: dict | DataLoader,
        max_iters: int,
        **kwargs: Any,
    ) -> None:
        self._loader_config = dataloader
        self._loader_seed = _common_seed(runner)
        loader = _build_loader(dataloader, self._loader_seed)
        super().__init__(runner, loader, max_iters, **kwargs)

    def run(self) -> Any:
        """Train from the first iteration, or from that of a checkpoint."""
        seed = _common_seed(self.runner)
        if seed != self._loader_seed:
            # The seed of the checkpoint, drawn at random when training began.
            self._loader_seed = seed
            self.dataloader = _build_loader(self._loader_config, seed)
            self.dataloader_iterator: Any = _InfiniteDataloaderIterator(
                self.dataloader
            )
        skip_seen_batches(self)
        return super().run()

    def run_iter(self, data_batch: Any) -> None:
        """Train on a batch, with the random numbers of the iteration."""
        # Draws are seeded by two numbers, so these seeds are others.
        seed_randomness(
            self._loader_seed, self._iter, get_rank() + 1, accelerators=True
        )
        super().run_iter(data_batch)


def skip_seen_batches(loop: IterBasedTrainLoop) -> None:
    """Skip the batches that a resumed loop has seen.

    What: ``--resume`` loads every batch again that the training has seen, for
    hours after a long one.
    Where: mmengine, ``runner/loops.py``, ``IterBasedTrainLoop.run``, and
    ``dataset/sampler.py``, ``InfiniteSampler``; seen in 0.10.7, not in
    OneDL's, whose loop asks the sampler to ``skip``.
    Until: mmengine asks the sampler to skip.

    Args:
        loop: The loop before it runs; unchanged if its sampler cannot skip.
    """
    batches = loop.dataloader_iterator
    if not loop._iter or hasattr(batches, 'skip_iter'):
        return
    loader = loop.dataloader
    sampler = loader.sampler
    seen = loop._iter * (loader.batch_size or 0)
    if hasattr(sampler, 'skip'):
        sampler.skip(seen)
    elif isinstance(sampler, InfiniteSampler):
        sampler.indices = islice(sampler._indices_of_rank(), seen, None)
    else:
        return
    # The iterator was started at the first batch when it was built.
    batches._iterator = iter(loader)
    loop.dataloader_iterator = _replace_seen_batches(loop._iter, batches)


def _replace_seen_batches(count: int, batches: Iterator[Any]) -> Iterator[Any]:
    """Yield None, which the loop discards, for each seen batch."""
    yield from repeat(None, count)
    yield from batches


def _common_seed(runner: Runner) -> int:
    """Return the training's seed, the same in all processes."""
    if runner._randomness_cfg.get('diff_rank_seed', False):
        return runner.seed - get_rank()
    return runner.seed


def _build_loader(config: dict | DataLoader, seed: int) -> DataLoader:
    if isinstance(config, DataLoader):
        return config
    config = copy.deepcopy(config)
    dataset = config['dataset']
    if isinstance(dataset, dict):
        dataset = DATASETS.build(use_strict_loading(dataset))
        if hasattr(dataset, 'full_init'):
            dataset.full_init()
    config['dataset'] = SeededDataset(dataset, seed)
    config['sampler'] = dict(type=NumberedSampler, sampler=config['sampler'])
    return Runner.build_dataloader(config, seed=seed)

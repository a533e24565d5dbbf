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
    """Train by iterations such that an interruption leaves no trace.

    All that is random follows from the training's seed: what is drawn; an
    image's augmentation, from its number among all draws; what the network
    does at random (dropout), from the iteration and the process. So a
    training that is resumed from a checkpoint goes on as it would have
    without interruption, whatever its number of workers. Transforms with
    random numbers of their own (Albumentations) are out of reach, and so are
    gradients that were accumulated since the last step of the optimizer.

    Args:
        runner: The runner.
        dataloader: Config of the data loader. One that is built already is
            taken as it is.
        max_iters: Iterations in all.
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
        """Train, from the first iteration or from where a checkpoint led."""
        seed = _common_seed(self.runner)
        if seed != self._loader_seed:
            # The checkpoint's: drawn at random when the training began.
            self._loader_seed = seed
            self.dataloader = _build_loader(self._loader_config, seed)
            self.dataloader_iterator: Any = _InfiniteDataloaderIterator(
                self.dataloader
            )
        skip_seen_batches(self)
        return super().run()

    def run_iter(self, data_batch: Any) -> None:
        """Train on a batch, with random numbers of the iteration's own.

        Args:
            data_batch: The batch.
        """
        # A third number: never those of a draw.
        seed_randomness(
            self._loader_seed, self._iter, get_rank() + 1, accelerators=True
        )
        super().run_iter(data_batch)


def skip_seen_batches(loop: IterBasedTrainLoop) -> None:
    """Have a resumed loop start behind the batches it has seen.

    What: ``--resume`` loads every batch again that the training has seen, for
    hours after a long one.
    Where: mmengine, ``runner/loops.py``, ``IterBasedTrainLoop.run``, and
    ``dataset/sampler.py``, ``InfiniteSampler``; seen in 0.10.7, not in
    OneDL's, whose loop asks the sampler to ``skip``.
    Until: mmengine asks the sampler to skip.

    Args:
        loop: The loop, right before it runs. It loads the batches again if
            its sampler cannot skip.
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
    # Started when it was built, from the first batch on.
    batches._iterator = iter(loader)
    loop.dataloader_iterator = _nothing_then(loop._iter, batches)


def _nothing_then(count: int, batches: Iterator[Any]) -> Iterator[Any]:
    """Give None ``count`` times, which the loop throws away, then batches."""
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

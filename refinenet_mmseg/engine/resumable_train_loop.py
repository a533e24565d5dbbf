import copy
from typing import Any

from mmengine.dist import get_rank
from mmengine.runner import IterBasedTrainLoop, Runner
from mmengine.runner.loops import _InfiniteDataloaderIterator
from mmseg.registry import DATASETS, LOOPS
from torch.utils.data import DataLoader

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


def _common_seed(runner: Runner) -> int:
    """Tell the training's seed, the same in all processes."""
    if runner._randomness_cfg.get('diff_rank_seed', False):
        return runner.seed - get_rank()
    return runner.seed


def _build_loader(config: dict | DataLoader, seed: int) -> DataLoader:
    if isinstance(config, DataLoader):
        return config
    config = copy.deepcopy(config)
    dataset = config['dataset']
    if isinstance(dataset, dict):
        dataset = DATASETS.build(dataset)
        if hasattr(dataset, 'full_init'):
            dataset.full_init()
    config['dataset'] = SeededDataset(dataset, seed)
    config['sampler'] = dict(type=NumberedSampler, sampler=config['sampler'])
    return Runner.build_dataloader(config, seed=seed)

from itertools import islice

import pytest
import torch
from mmengine.dataset import InfiniteSampler
from mmengine.runner import IterBasedTrainLoop
from torch.utils.data import DataLoader, Dataset, Sampler


class Numbers(Dataset):
    def __init__(self):
        self.loaded = []

    def __len__(self):
        return 100

    def __getitem__(self, index):
        self.loaded.append(index)
        return index


class SkippingSampler(Sampler):
    first = 0

    def __iter__(self):
        return iter(range(self.first, 100))

    def __len__(self):
        return 100

    def skip(self, num_samples):
        self.first = num_samples


class Runner:
    val_loop = None
    model = torch.nn.Linear(1, 1)

    def __init__(self):
        self.trained = []

    def call_hook(self, name, data_batch=None, **_):
        if name == 'before_train_iter':
            self.trained.append(data_batch.tolist())


@pytest.fixture
def numbers():
    return Numbers()


def go_on(numbers, sampler):
    loader = DataLoader(numbers, batch_size=4, sampler=sampler)
    runner = Runner()
    runner.model.train_step = lambda batch, optim_wrapper: {}
    runner.optim_wrapper = None
    loop = IterBasedTrainLoop(runner, loader, max_iters=12)
    loop._iter = 10
    loop.run()
    return runner.trained


def test_seen_batches_are_not_loaded_again(numbers):
    trained = go_on(numbers, SkippingSampler())
    assert trained == [[40, 41, 42, 43], [44, 45, 46, 47]]
    assert numbers.loaded == list(range(40, 48))


def test_other_samplers_reach_the_same_batch(numbers):
    trained = go_on(numbers, range(100))
    assert trained == [[40, 41, 42, 43], [44, 45, 46, 47]]


def test_the_infinite_sampler_can_be_told_where_to_start(numbers):
    drawn = list(islice(InfiniteSampler(numbers, seed=1), 300))
    sampler = InfiniteSampler(numbers, seed=1)
    # Workers may have asked for some already.
    list(islice(sampler, 20))
    sampler.skip(150)
    assert list(islice(sampler, 150)) == drawn[150:]

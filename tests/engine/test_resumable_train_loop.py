from itertools import islice

import pytest
import torch
from mmengine.dataset import InfiniteSampler
from mmengine.runner import IterBasedTrainLoop
from support.runs import make_runner
from torch.utils.data import DataLoader, Dataset, Sampler

from refinenet_mmseg.engine.resumable_train_loop import skip_seen_batches


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


def resume(numbers, sampler, begin=10):
    loader = DataLoader(numbers, batch_size=4, sampler=sampler)
    runner = Runner()
    runner.model.train_step = lambda batch, optim_wrapper: {}
    runner.optim_wrapper = None
    loop = IterBasedTrainLoop(runner, loader, max_iters=12)
    loop._iter = begin
    skip_seen_batches(loop)
    loop.run()
    return runner.trained


def test_seen_batches_are_not_loaded_again(numbers):
    trained = resume(numbers, SkippingSampler())
    assert trained == [[40, 41, 42, 43], [44, 45, 46, 47]]
    assert numbers.loaded == list(range(40, 48))


def test_other_samplers_reach_the_same_batch(numbers):
    trained = resume(numbers, range(100))
    assert trained == [[40, 41, 42, 43], [44, 45, 46, 47]]


def test_the_infinite_sampler_skips_seen_batches(numbers):
    drawn = list(islice(InfiniteSampler(numbers, seed=1), 48))
    trained = resume(numbers, InfiniteSampler(numbers, seed=1))
    assert trained == [drawn[40:44], drawn[44:48]]
    assert numbers.loaded[-8:] == drawn[40:48]


def test_nothing_is_skipped_at_the_start(numbers):
    trained = resume(numbers, SkippingSampler(), begin=0)
    assert trained[0] == [0, 1, 2, 3]


def weights(folder):
    checkpoint = torch.load(folder / 'iter_8.pth', weights_only=False)
    history = checkpoint['message_hub']['log_scalars']['train/loss']
    return checkpoint['state_dict']['weight'], history.data[0].tolist()


def test_an_interrupted_training_ends_as_an_uninterrupted_one(tmp_path):
    # No seed is set: the second process takes that of the checkpoint.
    runner = make_runner(tmp_path, max_iters=4)
    runner.train()
    make_runner(tmp_path, resume=True).train()
    weight, losses = weights(tmp_path)
    whole = tmp_path / 'whole'
    runner_of_whole = make_runner(whole)
    runner_of_whole.set_randomness(runner.seed)
    # Whatever else uses random numbers.
    torch.rand(1000)
    runner_of_whole.train()
    expected, expected_losses = weights(whole)
    assert losses == expected_losses
    # Two may be alike: of an input of nothing, the loss is 0.
    assert len(set(losses)) > 4
    assert torch.equal(weight, expected)


def test_another_seed_trains_differently(tmp_path):
    losses = []
    for seed in (1, 2):
        runner = make_runner(tmp_path / str(seed))
        runner.set_randomness(seed)
        runner.train()
        losses.append(weights(tmp_path / str(seed))[1])
    assert losses[0] != losses[1]

import pickle
import random
from itertools import islice

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, Dataset

from refinenet_mmseg.engine.deterministic_data_order import (
    NumberedSampler,
    SeededDataset,
)


class Dice(Dataset):
    name = 'dice'

    def __len__(self):
        return 5

    def __getitem__(self, index):
        return index, random.random(), np.random.rand(), torch.rand(()).item()


def sampler(kind='InfiniteSampler', skip=0, seed=3):
    sampler = NumberedSampler(Dice(), seed, dict(type=kind, shuffle=True))
    sampler.skip(skip)
    return sampler


@pytest.mark.parametrize('kind', ['InfiniteSampler', 'DefaultSampler'])
def test_skipping_is_the_same_as_drawing(kind):
    drawn = list(islice(sampler(kind), 40))
    assert [draw.number for draw in drawn] == list(range(40))
    assert len({draw.image for draw in drawn[:5]}) == 5
    images = [draw.image for draw in drawn]
    assert images[:5] != images[5:10]
    for skip in (1, 5, 13):
        assert list(islice(sampler(kind, skip), 20)) == drawn[skip : skip + 20]


def test_processes_take_turns(monkeypatch):
    drawn = list(islice(sampler(), 12))
    for rank in (0, 1, 2):
        monkeypatch.setattr(
            'refinenet_mmseg.engine.deterministic_data_order.get_dist_info',
            lambda rank=rank: (rank, 3),
        )
        monkeypatch.setattr(
            'mmengine.dataset.sampler.get_dist_info',
            lambda rank=rank: (rank, 3),
        )
        assert list(islice(sampler(), 4)) == drawn[rank::3]
        assert list(islice(sampler(skip=2), 2)) == drawn[rank::3][2:]


def load(num_workers, skip=0):
    loader = DataLoader(
        SeededDataset(Dice(), 3),
        batch_size=2,
        sampler=sampler(skip=skip),
        num_workers=num_workers,
        collate_fn=list,
    )
    return list(islice(loader, 4))


def test_augmentation_depends_only_on_the_number():
    one = load(num_workers=0)
    assert load(num_workers=2) == one
    assert load(num_workers=0, skip=4)[:2] == one[2:]
    values = [value for batch in one for draw in batch for value in draw[1:]]
    assert len(set(values)) == len(values)


def test_passes_on_all_other_attributes():
    dataset = pickle.loads(pickle.dumps(SeededDataset(Dice(), 3)))
    assert (dataset.name, len(dataset), dataset[2][0]) == ('dice', 5, 2)
    with pytest.raises(AttributeError):
        dataset.missing  # noqa: B018

from pathlib import Path

import pytest
from support.results import make_result

from refinenet_mmseg.leaderboard.protocols import (
    describe_differences,
    get_protocol,
    group_by_protocol,
)
from refinenet_mmseg.leaderboard.reading import Run


def make_run(*args, **fields):
    return Run(Path('result.json'), make_result(*args, **fields))


def test_network_seed_and_machine_do_not_separate():
    runs = [
        make_run('FCNHead', 0),
        make_run('PSPHead', 1, device='another', dtype='fp32', cost=None),
    ]
    (group,) = group_by_protocol(runs).values()
    assert group == runs


@pytest.mark.parametrize(
    'changes',
    [
        dict(data_set='AnotherDataset'),
        dict(split='test'),
        dict(num_images=3),
        dict(input_size=[48, 48]),
        dict(test_size=[72, 96]),
        dict(ignore_index=254),
        dict(reduce_zero_label=True),
        dict(classes=['road', 'sky', 'car']),
        dict(initialisation='resnet18.pth'),
        dict(test_time_augmentation=True),
        dict(iterations=20_000),
        dict(batch_size=8),
        dict(processes=2),
    ],
)
def test_each_part_of_the_protocol_separates(changes):
    groups = group_by_protocol([make_run(), make_run('PSPHead', **changes)])
    assert [len(group) for group in groups.values()] == [1, 1]


@pytest.mark.parametrize('field', ['iterations', 'initialisation'])
def test_unknown_trainings_are_not_alike(field):
    runs = [
        make_run('FCNHead', 0, **{field: None}),
        make_run('FCNHead', 1, **{field: None}),
        make_run('PSPHead', 0, **{field: None}),
    ]
    groups = group_by_protocol(runs)
    assert sorted(map(len, groups.values())) == [1, 2]


def test_describes_the_differences_of_similar_protocols():
    protocols = [
        get_protocol(make_result()),
        get_protocol(make_result(iterations=20_000)),
    ]
    assert describe_differences(protocols) == [
        'schedule: 10,000 iterations of 4',
        'schedule: 20,000 iterations of 4',
    ]
    assert describe_differences(protocols[:1]) == ['']

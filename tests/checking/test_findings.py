from types import SimpleNamespace

import numpy as np
import pytest
from mmengine.config import Config

from refinenet_mmseg.checking.findings import (
    compare_with_model,
    find_wrong_zero_labels,
    format_ranges,
    judge_zero_label,
)
from refinenet_mmseg.checking.splits import LabelMapping
from refinenet_mmseg.checking.statistics import SplitStatistics

CLASSES = range(5)
OURS = (*range(5), 5)  # keys of a label_map that ignores 5, like CamVid's


def opened(*classes):
    return SimpleNamespace(classes=classes, ignored_label=255)


def config(*heads):
    heads = heads[0] if len(heads) == 1 else list(heads)
    return Config(dict(model=dict(decode_head=heads)))


def messages(splits, config):
    found = compare_with_model(splits, config)
    return [(f.split, f.kind, f.message) for f in found]


@pytest.mark.parametrize(
    'head',
    [
        dict(num_classes=3),
        dict(),
        [dict(num_classes=3), dict(num_classes=3)],
    ],
)
def test_agreement(head):
    heads = head if isinstance(head, list) else [head]
    assert messages({'train': [opened('a', 'b', 'c')]}, config(*heads)) == []


def test_number_of_classes_of_each_head():
    heads = (dict(num_classes=3), dict(num_classes=4))
    assert messages({'val': [opened('a', 'b', 'c')]}, config(*heads)) == [
        (
            'val',
            'num_classes',
            'the data set has 3 classes, model.decode_head.num_classes=4',
        )
    ]


def test_one_channel_is_enough_for_two_classes():
    one = config(dict(num_classes=1))
    assert messages({'train': [opened('a', 'b')]}, one) == []
    assert messages({'train': [opened('a', 'b', 'c')]}, one) != []


def test_ignored_label_of_model_and_data():
    head = config(dict(num_classes=2, ignore_index=7))
    ((_, kind, message),) = messages({'train': [opened('a', 'b')]}, head)
    assert kind == 'ignore_index'
    assert 'the data set ignores 255, the loss 7' in message


def test_splits_with_other_classes():
    splits = {'train': [opened('a', 'b')], 'val': [opened('b', 'a')]}
    assert messages(splits, Config(dict())) == [
        (
            'val',
            'classes',
            "other classes than in train: 0 is 'b' and not 'a'",
        )
    ]
    splits['val'] = [opened('a')]
    ((_, _, message),) = messages(splits, Config(dict()))
    assert message.endswith('1 and not 2')


def counts_of(values):
    counts = np.zeros(256, np.int64)
    counts[list(values)] = 7
    return counts


@pytest.mark.parametrize(
    ('values', 'expected', 'reduced', 'severity'),
    [
        # what it should be
        (range(5), CLASSES, False, None),
        (range(1, 6), CLASSES, True, None),
        (range(6), CLASSES, True, None),
        ((*range(5), 255), CLASSES, False, None),
        ((*range(1, 6), 255), CLASSES, True, None),
        (range(6), OURS, False, None),
        # set, though 0 is a class
        (range(5), CLASSES, True, 'error'),
        ((*range(5), 255), CLASSES, True, 'error'),
        (range(6), OURS, True, 'error'),
        ((0, 1, 3, 4), CLASSES, True, 'warning'),
        # not set, though the classes count from 1
        (range(1, 6), CLASSES, False, 'error'),
        ((*range(1, 6), 255), CLASSES, False, 'error'),
        ((1, 2, 5), CLASSES, False, 'warning'),
        # 0 or 5 means no class, and 5 is reported by itself
        (range(6), CLASSES, False, None),
        # could be either
        (range(1, 5), CLASSES, False, None),
        (range(1, 5), CLASSES, True, None),
        # a class that is missing, a value from somewhere else
        ((0, 1, 2, 4), CLASSES, False, None),
        ((0, 1, 2, 4, 5), CLASSES, True, None),
        ((*range(5), 200), CLASSES, False, None),
        ((*range(6), 200), CLASSES, True, None),
        ((*range(6), 200), OURS, False, None),
        # nothing to judge by
        ((), CLASSES, True, None),
        ((255,), CLASSES, True, None),
    ],
)
def test_verdict(values, expected, reduced, severity):
    verdict = judge_zero_label(counts_of(values), expected, reduced)
    assert (verdict and verdict[0]) == severity


def test_message_of_a_setting_that_should_not_be_there():
    _, message = judge_zero_label(counts_of(range(5)), CLASSES, True)
    assert message == (
        'reduce_zero_label=True looks wrong: the files hold 0 to 4, which '
        'fits without it; with it 0 is ignored and 5 never occurs'
    )


def test_label_maps_that_are_mapped_alike_are_judged_together():
    statistics = SplitStatistics('train', 'abcde', 255)
    statistics.file_counts = {
        LabelMapping(None, True): counts_of(range(3)),
        LabelMapping(tuple(CLASSES), True): counts_of(range(3, 5)),
    }
    (finding,) = find_wrong_zero_labels({'train': statistics})
    assert finding.severity == 'error'
    assert 'the files hold 0 to 4' in finding.message


def test_message_of_a_setting_that_is_missing():
    _, message = judge_zero_label(counts_of(range(1, 6)), CLASSES, False)
    assert message == (
        'reduce_zero_label=False looks wrong: the files hold 1 to 5, which '
        'fits with it; without it 0 never occurs'
    )


@pytest.mark.parametrize(
    ('values', 'text'),
    [
        ((), ''),
        ((3,), '3'),
        ((0, 1), '0 to 1'),
        ((9, 2, 1, 0, 7), '0 to 2, 7, 9'),
    ],
)
def test_ranges(values, text):
    assert format_ranges(values) == text

import numpy as np
import pytest

from refinenet_mmseg.checking.zero_label import (
    judge_zero_label,
    name_ranges,
)

CLASSES = range(5)
OURS = (*range(5), 5)  # keys of a label_map that ignores 5, like CamVid's


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
    assert name_ranges(values) == text

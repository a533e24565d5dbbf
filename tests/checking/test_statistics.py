import pytest

from refinenet_mmseg.checking.statistics import median_frequency_weights


def test_weights_by_hand():
    """Frequencies 1/2, 1/4, 1/10: the median, 1/4, over each."""
    weights = median_frequency_weights([50, 25, 4], [100, 100, 40])
    assert weights == [0.5, 1.0, 2.5]


def test_median_of_an_even_number_lies_between():
    assert median_frequency_weights([3, 1], [4, 4]) == [0.6667, 2.0]


def test_absent_classes_weigh_one_and_shift_no_median():
    weights = median_frequency_weights([50, 0, 25, 4], [100, 0, 100, 40])
    assert weights == [0.5, 1.0, 1.0, 2.5]


def test_classes_without_pixels_weigh_one():
    assert median_frequency_weights([0, 0], [0, 0]) == [1.0, 1.0]


def test_rare_classes_keep_their_digits():
    weights = median_frequency_weights([10**9, 1, 1], [10**9] * 3)
    assert weights[0] == pytest.approx(1e-9)

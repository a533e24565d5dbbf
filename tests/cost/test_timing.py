import time

import numpy as np
import pytest

from refinenet_mmseg.cost.timing import fit_growth_exponent, time_interleaved


def test_functions_take_turns_after_a_warm_up():
    calls = []
    seconds = time_interleaved(
        [lambda: calls.append('A'), lambda: calls.append('B')], rounds=3
    )
    assert calls == ['A', 'B'] * 5
    assert seconds.shape == (2, 3)


def test_times_are_those_of_the_functions():
    seconds = time_interleaved(
        [lambda: time.sleep(0.01), lambda: time.sleep(0.03)], rounds=3
    )
    assert 0.01 <= np.median(seconds[0]) < 0.03 <= np.median(seconds[1])


@pytest.mark.parametrize('power', [0.5, 1, 2])
def test_growth_is_fitted(power):
    pixels = np.array([1e4, 2e4, 5e4])
    assert fit_growth_exponent(pixels, 3 * pixels**power) == pytest.approx(
        power
    )

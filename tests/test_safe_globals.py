import io
import pickle
import threading

import numpy as np
import pytest
import torch

from refinenet_mmseg.safe_globals import (
    restricted_history_globals,
    supports_named_globals,
)

pytestmark = pytest.mark.skipif(
    not supports_named_globals(), reason='needs torch 2.6'
)


def round_trip(value):
    file = io.BytesIO()
    torch.save(value, file)
    file.seek(0)
    with restricted_history_globals():
        return torch.load(file, weights_only=True)


class Call:
    """Pickled, it calls a function, and may set a state."""

    def __init__(self, function, *arguments, state=None):
        self.call = (function, arguments, state)

    def __reduce__(self):
        return self.call if self.call[2] is not None else self.call[:2]


@pytest.mark.parametrize(
    'number',
    [
        *(np.float16(0.5), np.float32(0.5), np.float64(0.5), np.bool_(True)),
        *(np.int8(-3), np.uint64(3), np.complex64(1j)),
        np.array(0.25, '>f4')[()],
    ],
)
def test_numbers_are_rebuilt(number):
    rebuilt = round_trip(number)
    assert rebuilt == number
    assert rebuilt.dtype == number.dtype


@pytest.mark.parametrize(
    'array',
    [
        *(np.arange(6.0).reshape(2, 3), np.zeros((0, 2)), np.array(3)),
        *(np.asfortranarray(np.arange(6).reshape(2, 3)), np.ones(3, '>f4')),
    ],
)
def test_arrays_are_rebuilt(array):
    rebuilt = round_trip(array)
    assert np.array_equal(rebuilt, array)
    assert rebuilt.shape == array.shape
    assert type(pickle.loads(pickle.dumps(rebuilt))) is np.ndarray


RECONSTRUCT = np.zeros(1).__reduce__()[0]
SCALAR = np.float64(0).__reduce__()[0]


@pytest.mark.parametrize(
    'value',
    [
        # memory of an attacker's choice
        Call(np.ndarray, (1,), np.dtype('f8'), b'A' * 8),
        Call(np.ndarray, (1,)),
        np.array([None, {}], dtype=object),
        np.array(['text']),
        Call(
            RECONSTRUCT,
            *(np.ndarray, (0,), b'b'),
            state=(1, (9,), np.dtype('f8'), False, b'short'),
        ),
        Call(
            RECONSTRUCT,
            *(np.ndarray, (0,), b'b'),
            state=(1, (1,), np.dtype('f8'), False, [object]),
        ),
        # flags that would make pointers of numbers
        Call(np.dtype, 'O8'),
        Call(np.dtype, [('a', 'O')]),
        Call(SCALAR, np.dtype('O'), b'A' * 8),
        Call(SCALAR, 'f8', b'A' * 8),
        np.str_('text'),
        np.datetime64('2026-01-01'),
    ],
)
def test_everything_else_is_refused(value):
    with pytest.raises((pickle.UnpicklingError, TypeError, ValueError)):
        round_trip(value)


def test_a_dtypes_internals_are_not_taken():
    state = (3, '<', None, None, None, -1, -1, 63)
    rebuilt = round_trip(Call(np.dtype, 'f8', False, True, state=state))
    assert rebuilt.value == np.dtype('f8')
    assert rebuilt.value.flags == np.dtype('f8').flags


@pytest.fixture
def others():
    """Objects that somebody else has allowed under the same names."""
    allowed = [getattr, np.ndarray]
    torch.serialization.add_safe_globals(allowed)
    yield set(allowed)
    torch.serialization.safe_globals(allowed).__exit__(None, None, None)


def allowed_now():
    return set(torch.serialization.get_safe_globals())


def test_afterwards_the_list_is_as_it_was(others):
    before = allowed_now()
    with restricted_history_globals():
        assert not others & allowed_now()
        with restricted_history_globals():
            torch.serialization.add_safe_globals([Call])
    assert allowed_now() == before | {Call}
    torch.serialization.safe_globals([Call]).__exit__(None, None, None)


def test_threads_leave_the_list_as_it_was(others):
    before = allowed_now()
    found = []

    def load():
        for _ in range(50):
            found.append(round_trip(np.float64(0.5)))

    threads = [threading.Thread(target=load) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [0.5] * 200
    assert allowed_now() == before

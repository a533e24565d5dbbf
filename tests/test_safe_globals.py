import io
import pickle
import random
import threading
from unittest import mock

import numpy as np
import pytest
import torch
from mmengine.logging import HistoryBuffer

from refinenet_mmseg.safe_globals import (
    history_globals,
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


# What many people allow to load mmengine's checkpoints
COMMON = [
    *(getattr, HistoryBuffer, np.ndarray, np.dtype, RECONSTRUCT, SCALAR),
    *(type(np.dtype(name)) for name in ('f8', 'i8', 'u4')),
]


@pytest.fixture
def others():
    """Objects that other code has allowed under the same names."""
    torch.serialization.add_safe_globals(COMMON)
    yield
    torch.serialization.safe_globals(COMMON).__exit__(None, None, None)


def allowed_now():
    return set(torch.serialization.get_safe_globals())


def test_the_list_is_left_alone(others):
    before = allowed_now()
    with restricted_history_globals():
        assert allowed_now() == before
        with restricted_history_globals():
            torch.serialization.add_safe_globals([Call])
    assert allowed_now() == before | {Call}
    torch.serialization.safe_globals([Call]).__exit__(None, None, None)


def test_only_stand_ins_are_called_whatever_others_allow(others):
    with pytest.raises(pickle.UnpicklingError, match='mean'):
        round_trip(Call(getattr, torch.Tensor, 'mean'))
    with pytest.raises((pickle.UnpicklingError, TypeError)):
        round_trip(Call(np.ndarray, (1,), np.dtype('f8'), b'A' * 8))


def test_other_threads_load_by_the_list(others):
    history = io.BytesIO()
    torch.save(HistoryBuffer([0.5], [1]), history)
    content, results = history.getvalue(), []

    def load():
        for _ in range(30):
            loaded = torch.load(io.BytesIO(content), weights_only=True)
            results.append(loaded.mean())

    before = allowed_now()
    threads = [threading.Thread(target=load) for _ in range(2)]
    for thread in threads:
        thread.start()
    for _ in range(30):
        results.append(round_trip(np.float64(0.5)))
    for thread in threads:
        thread.join()
    assert results == [0.5] * 90
    assert allowed_now() == before


def test_stand_ins_beside_what_others_allow_do_as_they_do(others):
    """torch takes either of two objects of one name: both have to work."""
    ours = history_globals()
    history = HistoryBuffer([0.5, np.float64(0.25)], [1, 2])
    file = io.BytesIO()
    torch.save({'a': history, 'b': np.arange(3.0), 'c': np.int64(4)}, file)
    theirs = {f'{one.__module__}.{one.__qualname__}': one for one in COMMON}
    theirs |= {name: SCALAR for name in dict_of(ours) if 'scalar' in name}
    theirs |= {
        name: RECONSTRUCT for name in dict_of(ours) if '_reconstruct' in name
    }
    generator = random.Random(0)
    for _ in range(40):
        mixed = {
            name: generator.choice((one, theirs.get(name, one)))
            for name, one in dict_of(ours).items()
        }
        table = {**theirs, **mixed}
        file.seek(0)
        with mock.patch(
            'torch._weights_only_unpickler._get_user_allowed_globals',
            lambda table=table: table,
        ):
            loaded = torch.load(file, weights_only=True)
        assert loaded['a'].mean() == history.mean()
        assert loaded['b'].tolist() == [0, 1, 2]
        assert loaded['c'] == 4


def dict_of(named_globals):
    return {name: one for one, name in named_globals}

import io

import numpy as np
import pytest
import torch

from refinenet_mmseg.harmless_globals import (
    allow_globals,
    knows_globals_by_name,
    numpy_array_globals,
    numpy_number_globals,
)

pytestmark = pytest.mark.skipif(
    not knows_globals_by_name(), reason='needs torch 2.6'
)


def round_trip(value):
    file = io.BytesIO()
    torch.save(value, file)
    file.seek(0)
    return torch.load(file, weights_only=True)


def test_numbers_and_arrays_are_allowed():
    with allow_globals(numpy_number_globals()):
        assert round_trip(np.float32(0.5)) == 0.5
    with allow_globals(numpy_array_globals()):
        assert round_trip(np.arange(3)).tolist() == [0, 1, 2]


def test_what_was_allowed_before_stays_so():
    before = torch.serialization.get_safe_globals()
    torch.serialization.add_safe_globals([np.dtype])
    try:
        kept = torch.serialization.get_safe_globals()
        with allow_globals(numpy_number_globals()):
            pass
        assert set(kept) <= set(torch.serialization.get_safe_globals())
    finally:
        torch.serialization.clear_safe_globals()
        torch.serialization.add_safe_globals(before)

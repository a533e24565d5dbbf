import pickle

import numpy as np
import pytest
import torch
from mmengine.logging import HistoryBuffer
from mmengine.runner.checkpoint import CheckpointLoader
from packaging.version import Version
from stack import UPSTREAM

from refinenet_mmseg.compat.checkpoint_loading import _history_method

# Older ones let mmengine unpickle whatever there is.
pytestmark = pytest.mark.skipif(
    Version(torch.__version__) < Version('2.6'), reason='needs torch 2.6'
)
SAVE_HISTORY = """
import torch
from mmengine.logging import HistoryBuffer
torch.save({'history': HistoryBuffer([0.5], [1])}, 'history.pth')
"""
SAVE_TRAP = """
import os, torch
class Trap:
    def __reduce__(self):
        return os.mkdir, ('trap',)
torch.save({'state_dict': {}, 'history': Trap()}, 'trap.pth')
"""
LOAD_BARE = """
from mmengine.runner.checkpoint import CheckpointLoader
CheckpointLoader.load_checkpoint({!r}, 'cpu')
"""
LOAD = f'import refinenet_mmseg{LOAD_BARE}'


def load(path):
    return CheckpointLoader.load_checkpoint(str(path), 'cpu')


def test_history_is_loaded(tmp_path):
    history = HistoryBuffer([0.5, np.float64(0.25)], [1, 2])
    torch.save({'message_hub': {'loss': history}}, tmp_path / 'a.pth')
    loaded = load(tmp_path / 'a.pth')['message_hub']['loss']
    assert loaded.mean() == history.mean()
    assert loaded.statistics('min') == 0.25


@pytest.mark.integration
def test_history_needs_the_workaround(fresh):
    assert fresh(SAVE_HISTORY)[0]
    worked, output = fresh(LOAD.format('history.pth'))
    assert worked, output
    worked, output = fresh(LOAD_BARE.format('history.pth'), workarounds=False)
    assert worked != UPSTREAM
    assert ('HistoryBuffer' in output) == UPSTREAM


@pytest.mark.integration
def test_code_in_a_checkpoint_is_not_run(fresh, tmp_path):
    assert fresh(SAVE_TRAP)[0]
    worked, output = fresh(LOAD.format('trap.pth'))
    assert not worked
    assert 'UnpicklingError' in output
    assert not (tmp_path / 'trap').exists()
    fresh(LOAD_BARE.format('trap.pth'), workarounds=False)
    assert (tmp_path / 'trap').exists() == (not UPSTREAM)


class Attribute:
    """Pickled, it calls getattr."""

    def __init__(self, owner, name):
        self.arguments = (owner, name)

    def __reduce__(self):
        return getattr, self.arguments


@pytest.mark.parametrize(
    ('owner', 'name'),
    [
        (HistoryBuffer, '__init__'),
        (HistoryBuffer, '_statistics_methods'),
        (torch.Tensor, 'mean'),
        ('text', 'format'),
    ],
)
def test_no_other_attribute_is_reached(tmp_path, owner, name):
    torch.save({'history': Attribute(owner, name)}, tmp_path / 'a.pth')
    with pytest.raises(pickle.UnpicklingError, match=name):
        load(tmp_path / 'a.pth')
    with pytest.raises(pickle.UnpicklingError, match=name):
        _history_method(owner, name)


def test_history_methods_are_reached():
    assert _history_method(HistoryBuffer, 'mean') is HistoryBuffer.mean

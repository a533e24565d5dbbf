import pickle

import numpy as np
import pytest
import torch
from mmengine.logging import HistoryBuffer
from mmengine.runner.checkpoint import CheckpointLoader
from support.stack import UPSTREAM

from refinenet_mmseg.safe_globals import knows_globals_by_name

# Older ones let mmengine unpickle whatever there is.
pytestmark = pytest.mark.skipif(
    not knows_globals_by_name(), reason='needs torch 2.6'
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
    loaded.update(0.125)
    assert loaded.min() == 0.125
    # and goes back into a checkpoint as it came
    torch.save({'loss': loaded}, tmp_path / 'b.pth')
    assert b'refinenet_mmseg' not in (tmp_path / 'b.pth').read_bytes()
    assert load(tmp_path / 'b.pth')['loss'].data[0].tolist() == [
        *(0.5, 0.25, 0.125)
    ]


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


@pytest.mark.integration
def test_code_in_a_download_is_not_run(fresh, tmp_path):
    """The file is there already, as mmengine keeps it after a download."""
    assert fresh(SAVE_TRAP)[0]
    cached = tmp_path / 'hub' / 'checkpoints'
    cached.mkdir(parents=True)
    (tmp_path / 'trap.pth').rename(cached / 'trap.pth')
    setting = f"import os; os.environ['TORCH_HOME'] = {str(tmp_path)!r}\n"
    setting += f"os.environ['MMENGINE_HOME'] = {str(tmp_path / 'hub')!r}\n"
    address = 'https://example.com/trap.pth'
    worked, output = fresh(setting + LOAD.format(address))
    assert not worked
    assert 'UnpicklingError' in output
    assert not (tmp_path / 'trap').exists()
    fresh(setting + LOAD_BARE.format(address), workarounds=False)
    assert (tmp_path / 'trap').exists()


class Call:
    """Pickled, it calls a function."""

    def __init__(self, function, *arguments):
        self.call = (function, arguments)

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize(
    ('owner', 'name'),
    [
        (HistoryBuffer, '__init__'),
        (HistoryBuffer, '_statistics_methods'),
        (HistoryBuffer, 'register_statistics'),
        (torch.Tensor, 'mean'),
        ('text', 'format'),
    ],
)
def test_no_other_attribute_is_reached(tmp_path, owner, name):
    content = {'history': Call(getattr, owner, name)}
    torch.save(content, tmp_path / 'a.pth')
    # even where someone else allows it
    with (
        torch.serialization.safe_globals([getattr, torch.Tensor]),
        pytest.raises(pickle.UnpicklingError, match=name),
    ):
        load(tmp_path / 'a.pth')

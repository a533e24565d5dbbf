"""Files, downloads and mmengine's loader, in and out of the context."""

import os
import pickle
import re
import threading
from pathlib import Path
from unittest.mock import Mock
from urllib.error import URLError

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.logging import HistoryBuffer
from mmengine.runner import checkpoint, load_checkpoint
from mmengine.runner.checkpoint import CheckpointLoader
from support import UPSTREAM
from torch import nn

from refinenet_mmseg import config_path
from refinenet_mmseg.safe_globals import supports_named_globals
from refinenet_mmseg.safe_loading import (
    checkpoints_as_data,
    file_sha256,
    read_checkpoint,
)

# Older ones cannot be told of numpy; mmengine unpickles whatever there is.
NEEDS_TORCH = pytest.mark.skipif(
    not supports_named_globals(), reason='needs torch 2.6'
)
FORMATS = pytest.mark.parametrize('zipped', [True, False])
ADDRESS = 'https://example.com/resnet18.pth'


class Call:
    """Pickled, it calls a function."""

    def __init__(self, function, *arguments):
        self.call = (function, arguments)

    def __reduce__(self):
        return self.call


def save(content, path, zipped=True):
    torch.save(content, path, _use_new_zipfile_serialization=zipped)
    return path


def load(path, **options):
    with checkpoints_as_data(**options):
        return CheckpointLoader.load_checkpoint(str(path), 'cpu')


@pytest.fixture
def trap(tmp_path):
    """A checkpoint that makes the folder ``sprung`` where it is executed."""
    path = tmp_path / 'trap.pth'
    return save({'a': Call(os.mkdir, str(tmp_path / 'sprung'))}, path)


@NEEDS_TORCH
@FORMATS
@pytest.mark.parametrize(
    'number',
    [np.float64(0.25), np.float32(0.25), np.int64(3), np.bool_(True)],
    ids=lambda number: type(number).__name__,
)
def test_numpy_numbers_are_read(tmp_path, number, zipped):
    path = save({'best': number}, tmp_path / 'a.pth', zipped)
    assert read_checkpoint(path) == {'best': number}


@NEEDS_TORCH
@FORMATS
def test_numpy_dtypes_are_read(tmp_path, zipped):
    path = save({'dtype': np.dtype('<f4')}, tmp_path / 'a.pth', zipped)
    assert read_checkpoint(path)['dtype'].value == np.dtype('<f4')


@NEEDS_TORCH
def test_numbers_of_numpy_1_are_read(tmp_path):
    path = save({'best': np.float64(0.5)}, tmp_path / 'a.pth', False)
    data = path.read_bytes()
    old = data.replace(b'numpy._core.multiarray', b'numpy.core.multiarray')
    assert np.__version__.startswith('1.') or old != data
    path.write_bytes(old)
    assert read_checkpoint(path) == {'best': 0.5}


@FORMATS
def test_malicious_pickles_are_not_executed(tmp_path, zipped):
    trap = tmp_path / 'sprung'
    path = save(
        {'best': Call(os.mkdir, str(trap))}, tmp_path / 'a.pth', zipped
    )
    with pytest.raises(ValueError, match=r'mkdir.*Nothing in it was exec'):
        read_checkpoint(path)
    assert not trap.exists()


@pytest.mark.parametrize(
    'value',
    [np.str_('text'), torch.nn.Linear(1, 1)],
    ids=lambda value: type(value).__name__,
)
def test_other_objects_are_refused(tmp_path, value):
    path = save({'value': value}, tmp_path / 'a.pth', True)
    with pytest.raises(ValueError, match=r'neither tensors nor plain values'):
        read_checkpoint(path)


@FORMATS
@pytest.mark.parametrize('share', [0, 0.001, 0.1, 0.5, 0.9, 0.9999])
def test_truncated_files_are_refused(tmp_path, share, zipped):
    path = save({'a': torch.ones(10000)}, tmp_path / 'a.pth', zipped)
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])
    with pytest.raises(ValueError, match=r'a\.pth is damaged'):
        read_checkpoint(path)


def test_other_files_are_refused(tmp_path):
    path = tmp_path / 'page.html'
    path.write_text('<html>404 not found</html>')
    with pytest.raises(ValueError, match=r'page\.html is damaged'):
        read_checkpoint(path)
    with pytest.raises(FileNotFoundError, match='nowhere'):
        read_checkpoint(tmp_path / 'nowhere')
    with pytest.raises(ValueError, match='is a folder'):
        read_checkpoint(tmp_path)


@NEEDS_TORCH
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


@NEEDS_TORCH
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
    torch.save({'history': Call(getattr, owner, name)}, tmp_path / 'a.pth')
    # even where someone else allows it
    with (
        torch.serialization.safe_globals([getattr, torch.Tensor]),
        pytest.raises(pickle.UnpicklingError, match=r'a\.pth.*--trust-check'),
    ):
        load(tmp_path / 'a.pth')


@NEEDS_TORCH
def test_code_runs_only_if_the_checkpoint_is_trusted(trap, tmp_path):
    sprung = tmp_path / 'sprung'
    for refuse in (load, read_checkpoint):
        with pytest.raises(pickle.UnpicklingError, match='trust_checkpoint='):
            refuse(trap)
    assert not sprung.exists()
    for accept in (load, read_checkpoint):
        accept(trap, trust_checkpoint=True)
        sprung.rmdir()


@NEEDS_TORCH
def test_code_in_a_download_runs_only_if_it_is_trusted(
    trap, tmp_path, monkeypatch
):
    """The file is there already, as torch keeps it after a download."""
    monkeypatch.setenv('TORCH_HOME', str(tmp_path))
    monkeypatch.setenv('MMENGINE_HOME', str(tmp_path))
    for folder in ('checkpoints', 'hub/checkpoints'):
        kept = tmp_path / folder / 'trap.pth'
        kept.parent.mkdir(parents=True)
        kept.write_bytes(trap.read_bytes())
    address = 'https://example.com/trap.pth'
    with pytest.raises(ValueError, match=rf'{address}.*Nothing in it was'):
        load(address)
    assert not (tmp_path / 'sprung').exists()
    load(address, trust_checkpoint=True)
    assert (tmp_path / 'sprung').exists()


def loading_functions():
    return [
        CheckpointLoader.__dict__['load_checkpoint'],
        *vars(checkpoint).values(),
    ]


def test_the_context_leaves_mmengine_as_it_was():
    before = loading_functions()
    with checkpoints_as_data(), checkpoints_as_data():
        assert loading_functions() != before
    assert loading_functions() == before


def test_the_context_holds_for_one_thread():
    """Another thread loads as mmengine does."""
    weights, errors = nn.Conv2d(1, 1, 1).state_dict(), []

    def load_foreign_weights():
        try:
            checkpoint.load_state_dict(nn.Linear(2, 3), weights)
        except ValueError as error:
            errors.append(error)

    with checkpoints_as_data():
        thread = threading.Thread(target=load_foreign_weights)
        thread.start()
        thread.join()
        assert not errors
        load_foreign_weights()
        assert len(errors) == 1


SAVE_HISTORY = """
import torch
from mmengine.logging import HistoryBuffer
torch.save({'history': HistoryBuffer([0.5], [1])}, 'history.pth')
"""
LOAD_BARE = """
from mmengine.runner.checkpoint import CheckpointLoader
CheckpointLoader.load_checkpoint('history.pth', 'cpu')
"""


@NEEDS_TORCH
@pytest.mark.integration
def test_importing_lets_mmengine_load_its_history(fresh):
    assert fresh(SAVE_HISTORY)[0]
    worked, output = fresh(f'import refinenet_mmseg{LOAD_BARE}')
    assert worked, output
    worked, output = fresh(LOAD_BARE)
    assert worked != UPSTREAM
    assert ('HistoryBuffer' in output) == UPSTREAM


def load_in_context(*arguments):
    with checkpoints_as_data():
        return load_checkpoint(*arguments)


@pytest.fixture
def downloaded(monkeypatch):
    """Replaces the download itself, below mmengine's own functions."""

    def set_content(content):
        def load_url(*args, **kwargs):
            if isinstance(content, Exception):
                raise content
            return content

        monkeypatch.setattr(checkpoint, 'load_url', load_url)

    return set_content


@pytest.mark.parametrize(
    ('name', 'file'),
    [
        (ADDRESS, r'resnet18\.pth'),
        ('open-mmlab://resnet50_v1c', r'resnet50_v1c.*\.pth'),
    ],
)
def test_says_which_file_and_what_to_do(downloaded, name, file):
    downloaded(URLError('no network'))
    with pytest.raises(OSError, match=file + '.*-scratch') as info:
        load_in_context(nn.Linear(1, 1), name)
    assert 'model.decode_head.init_cfg=None' in str(info.value)


def test_names_the_file_that_takes_its_place(monkeypatch, tmp_path):
    monkeypatch.setenv('TORCH_HOME', str(tmp_path))
    model, other = nn.Linear(1, 1), nn.Linear(1, 1)
    with monkeypatch.context() as no_network:
        no_network.setattr(
            checkpoint, 'load_url', Mock(side_effect=URLError('no network'))
        )
        with pytest.raises(OSError, match='download') as info:
            load_in_context(model, f'{ADDRESS}?version=2')
    path = re.search(r'save it as (\S+), or', str(info.value))[1]
    Path(path).parent.mkdir(parents=True)
    torch.save(other.state_dict(), path)
    load_in_context(model, f'{ADDRESS}?version=2')
    assert model.weight.item() == other.weight.item()


@pytest.mark.parametrize(
    ('config', 'key'),
    [
        ('r18_1xb4-10k_camvid-360x480', 'model.backbone.init_cfg'),
        (
            'r50_1xb1-paper_nyudv2-400x400',
            'model.backbone.backbone.init_cfg',
        ),
    ],
)
def test_names_the_key_of_our_configs(downloaded, config, key):
    downloaded(URLError('no network'))
    with pytest.raises(OSError, match=rf' {re.escape(key)}\b'):
        load_in_context(nn.Linear(1, 1), ADDRESS)
    config = Config.fromfile(config_path(f'refinenet/refinenet_{config}.py'))
    assert 'https://' in str(config.model)
    config.merge_from_dict({key: None})
    assert 'https://' not in str(config.model)


def test_passes_on_a_download(downloaded):
    model, other = nn.Linear(1, 1), nn.Linear(1, 1)
    downloaded(other.state_dict())
    load_in_context(model, ADDRESS)
    assert model.weight.item() == other.weight.item()


class Wrapped(nn.Module):
    def __init__(self):
        super().__init__()
        self.module = nn.Linear(2, 3)


def load_weights(*arguments):
    with checkpoints_as_data():
        checkpoint.load_state_dict(*arguments)


def test_mmengine_takes_foreign_weights():
    other = nn.Conv2d(1, 1, 1).state_dict()
    checkpoint.load_state_dict(nn.Linear(2, 3), other)


@pytest.mark.parametrize('strict', [False, True])
def test_foreign_weights_are_refused(strict):
    other = nn.Conv2d(1, 1, 1).state_dict()
    with pytest.raises(ValueError, match=r'no weight .* fits Linear: the one'):
        load_weights(nn.Linear(2, 3), other, strict)


@pytest.mark.parametrize('strict', [False, True])
def test_an_empty_state_dict_is_refused(strict):
    with pytest.raises(ValueError, match=r'has nothing, \.\.\.'):
        load_weights(nn.Linear(2, 3), {}, strict)


@pytest.mark.parametrize('model', [nn.Linear, Wrapped])
@pytest.mark.parametrize('prefix', ['', 'module.'])
def test_one_that_fits_is_enough(model, prefix):
    module = model() if model is Wrapped else model(2, 3)
    weights = {f'{prefix}bias': nn.Linear(2, 3).bias}
    load_weights(module, weights)


def test_a_network_without_parameters_takes_any_weights():
    load_weights(nn.ReLU(), {})


class Renaming(nn.Module):
    """As mmpretrain's TimmClassifier: saves without ``model.``."""

    def __init__(self):
        super().__init__()
        self.model = nn.Linear(2, 3)
        self._register_load_state_dict_pre_hook(self._rename)

    @staticmethod
    def _rename(state_dict, prefix, *_):
        for name in list(state_dict):
            state_dict[f'{prefix}model.{name}'] = state_dict.pop(name)


def test_networks_that_rename_while_loading_are_not_checked():
    module, weights = Renaming(), nn.Linear(2, 3).state_dict()
    load_weights(module, dict(weights))
    assert module.model.weight.equal(weights['weight'])


def test_sha256(tmp_path):
    path = tmp_path / 'file'
    path.write_bytes(b'abc')
    assert file_sha256(path).startswith('ba7816bf8f01cfea414140de5dae2223')

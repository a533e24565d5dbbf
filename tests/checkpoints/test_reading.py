import os

import numpy as np
import pytest
import torch

from refinenet_mmseg.checkpoints.reading import file_sha256, read_checkpoint
from refinenet_mmseg.safe_globals import knows_globals_by_name

# Older ones cannot be told of numpy.
NEEDS_TORCH = pytest.mark.skipif(
    not knows_globals_by_name(), reason='needs torch 2.6'
)
FORMATS = pytest.mark.parametrize('zipped', [True, False])


class Malicious:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


def save(content, path, zipped):
    torch.save(content, path, _use_new_zipfile_serialization=zipped)
    return path


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
    trap = tmp_path / 'trap'
    path = save({'best': Malicious(trap)}, tmp_path / 'a.pth', zipped)
    with pytest.raises(ValueError, match=r'mkdir.*Nothing in it was executed'):
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


def test_sha256(tmp_path):
    path = tmp_path / 'file'
    path.write_bytes(b'abc')
    assert file_sha256(path).startswith('ba7816bf8f01cfea414140de5dae2223')

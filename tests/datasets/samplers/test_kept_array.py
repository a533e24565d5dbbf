import os

import numpy as np
import pytest

from refinenet_mmseg.datasets.samplers import kept_array as module
from refinenet_mmseg.datasets.samplers.kept_array import (
    keep_array,
    kept_array,
)

ARRAY = np.eye(3, dtype=bool)


def test_reads_what_was_kept(tmp_path):
    path = tmp_path / 'a' / 'b.npz'
    keep_array(path, 'now', ARRAY)
    assert np.array_equal(kept_array(path, 'now'), ARRAY)
    assert os.listdir(path.parent) == ['b.npz']


def test_not_what_depends_on_something_else(tmp_path):
    path = tmp_path / 'a.npz'
    keep_array(path, 'then', ARRAY)
    assert kept_array(path, 'now') is None
    keep_array(path, 'now', ~ARRAY)
    assert np.array_equal(kept_array(path, 'now'), ~ARRAY)


@pytest.mark.parametrize('content', [b'', b'PK\x03\x04', b'nonsense'])
def test_a_damaged_file_is_none(tmp_path, content):
    path = tmp_path / 'a.npz'
    path.write_bytes(content)
    assert kept_array(path, 'now') is None


def test_a_foreign_array_is_none(tmp_path):
    path = tmp_path / 'a.npz'
    np.savez(path, other=ARRAY)
    assert kept_array(path, 'now') is None


def test_an_interrupted_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / 'a.npz'
    keep_array(path, 'now', ARRAY)

    def full(file, **arrays):
        file.write(b'half')
        raise OSError('no space left on device')

    monkeypatch.setattr(np, 'savez_compressed', full)
    keep_array(path, 'later', ~ARRAY)
    assert np.array_equal(kept_array(path, 'now'), ARRAY)
    assert os.listdir(tmp_path) == ['a.npz']


def test_where_nothing_can_be_written_the_log_says_so(tmp_path, monkeypatch):
    told = []
    monkeypatch.setattr(
        module, 'print_log', lambda text, **kwargs: told.append(text)
    )
    (tmp_path / 'file').touch()
    keep_array(tmp_path / 'file' / 'a.npz', 'now', ARRAY)
    assert 'could not be written' in told[0]

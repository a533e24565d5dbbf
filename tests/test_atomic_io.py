import errno
import os

import pytest

from refinenet_mmseg.atomic_io import (
    atomic_write,
    atomic_write_text,
    is_disk_full,
    partial_path,
    remove_partial_files,
)


def test_a_file_gets_its_name_when_it_is_complete(tmp_path):
    path = tmp_path / 'a.json'
    path.write_text('old')
    with atomic_write(path) as partial:
        assert partial.suffix == '.json'
        partial.write_text('new')
        assert path.read_text() == 'old'
    assert path.read_text() == 'new'
    assert list(tmp_path.iterdir()) == [path]


def test_a_failure_leaves_what_was_there(tmp_path):
    path = tmp_path / 'a.json'
    path.write_text('old')

    def fail():
        with atomic_write(path) as partial:
            partial.write_text('ne')
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert path.read_text() == 'old'
    assert list(tmp_path.iterdir()) == [path]


def test_a_failing_device_leaves_what_was_there(tmp_path, monkeypatch):
    path = tmp_path / 'name'
    atomic_write_text(path, 'before', durable=True)

    def fail(*_):
        raise OSError(errno.EIO, 'device')

    monkeypatch.setattr(os, 'fsync', fail)
    with pytest.raises(OSError, match='device'):
        atomic_write_text(path, 'after', durable=True)
    assert path.read_text() == 'before'
    assert list(tmp_path.iterdir()) == [path]


def test_the_content_is_on_the_device_before_the_name(tmp_path, monkeypatch):
    done = []
    fsync, replace = os.fsync, os.replace
    monkeypatch.setattr(
        os,
        'fsync',
        lambda descriptor: (
            done.append(os.readlink(f'/proc/self/fd/{descriptor}')),
            fsync(descriptor),
        ),
    )
    monkeypatch.setattr(
        os, 'replace', lambda *_: (done.append('renamed'), replace(*_))
    )
    atomic_write_text(tmp_path / 'a.txt', 'text', durable=True)
    partial = partial_path(tmp_path / 'a.txt')
    assert done == [str(partial), 'renamed', str(tmp_path)]


def test_removes_only_own_partial_files(tmp_path):
    names = (
        'iter_1.pth',
        '.iter_2.7.partial.pth',
        '.x.8.partial',
        'a.partial',
    )
    for name in names:
        (tmp_path / name).touch()
    removed = remove_partial_files(tmp_path, 'iter_2.pth'.__eq__)
    assert removed == ['.iter_2.7.partial.pth']
    assert remove_partial_files(tmp_path, 'x'.__eq__) == ['.x.8.partial']
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == ['a.partial', 'iter_1.pth']


def test_a_full_disk_is_distinguished_from_other_errors():
    assert is_disk_full(OSError(errno.ENOSPC, ''))
    assert not is_disk_full(OSError(errno.EIO, ''))

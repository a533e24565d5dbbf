import errno
import os

import pytest

from refinenet_mmseg.engine import files


def test_a_file_is_replaced_as_a_whole(tmp_path, monkeypatch):
    path = tmp_path / 'name'
    files.write_text(path, 'before')

    def fail(*_):
        raise OSError(errno.EIO, 'device')

    monkeypatch.setattr(os, 'fsync', fail)
    with pytest.raises(OSError, match='device'):
        files.write_text(path, 'after')
    assert path.read_text() == 'before'
    monkeypatch.undo()
    files.write_text(path, 'after')
    assert path.read_text() == 'after'
    assert [entry.name for entry in tmp_path.iterdir()] == ['name']


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
        os, 'replace', lambda *_: (done.append('named'), replace(*_))
    )
    files.write_text(tmp_path / 'a', 'text')
    assert done == [f'{tmp_path}/a.partial', 'named', str(tmp_path)]


def test_only_leftovers_are_removed(tmp_path):
    for name in ('iter_1.pth', 'iter_2.pth.partial', 'partial.pth'):
        (tmp_path / name).touch()
    assert files.remove_leftovers(tmp_path, str.isascii) == [
        'iter_2.pth.partial'
    ]
    assert len(list(tmp_path.iterdir())) == 2

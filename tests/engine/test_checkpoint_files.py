import os
import zipfile

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from refinenet_mmseg.engine.checkpoint_files import (
    find_intact_checkpoint,
    is_intact,
)


def save(folder, step, size=100):
    path = folder / f'iter_{step}.pth'
    torch.save(dict(state_dict=dict(weight=torch.randn(size))), path)
    # The order of writing, on a clock that is coarse.
    os.utime(path, ns=(step, step))
    return path


def point(folder, path):
    (folder / 'last_checkpoint').write_text(str(path))


@pytest.fixture(scope='module')
def content(tmp_path_factory):
    return save(tmp_path_factory.mktemp('whole'), 1).read_bytes()


@given(data=st.data())
def test_a_lost_end_or_a_changed_weight_is_found(
    content, tmp_path_factory, data
):
    path = tmp_path_factory.getbasetemp() / 'damaged.pth'
    path.write_bytes(content[: data.draw(st.integers(0, len(content) - 1))])
    assert not is_intact(path)
    path.write_bytes(content)
    assert is_intact(path)
    with zipfile.ZipFile(path) as file:
        (entry,) = (
            entry for entry in file.infolist() if 'data/0' in entry.filename
        )
    # The header of an entry, then its weights, aligned to 64 bytes.
    first = -(-(entry.header_offset + 30 + len(entry.filename)) // 64) * 64
    place = first + data.draw(st.integers(0, entry.file_size - 1))
    changed = bytearray(content)
    changed[place] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(changed)
    assert not is_intact(path)


def test_the_named_one_is_taken(tmp_path):
    first, _ = save(tmp_path, 1), save(tmp_path, 2)
    point(tmp_path, first)
    assert find_intact_checkpoint(str(tmp_path)) == str(first)


@pytest.mark.parametrize('damage', ['gone', 'damaged', 'unnamed'])
def test_otherwise_the_newest_intact_one_is_taken(tmp_path, damage, caplog):
    _, second, third = (save(tmp_path, step) for step in (1, 2, 3))
    point(tmp_path, third)
    if damage == 'gone':
        third.unlink()
    else:
        third.write_bytes(third.read_bytes()[:-1])
    if damage == 'unnamed':
        (tmp_path / 'last_checkpoint').write_bytes(b'\xff')
    # Not checkpoints of a training.
    for name in (
        'best_mIoU_iter_9.pth',
        '.iter_9.7.partial.pth',
        'iter_x.pth',
    ):
        (tmp_path / name).write_bytes(second.read_bytes())
    assert find_intact_checkpoint(str(tmp_path)) == str(second)


def test_a_new_folder_has_no_checkpoint(tmp_path):
    assert find_intact_checkpoint(str(tmp_path)) is None
    assert find_intact_checkpoint(str(tmp_path / 'missing')) is None


def test_damaged_ones_only_are_named(tmp_path):
    path = save(tmp_path, 1)
    point(tmp_path, path)
    path.write_bytes(b'')
    with pytest.raises(ValueError, match=r'iter_1\.pth is damaged.*anew'):
        find_intact_checkpoint(str(tmp_path))

import os
import shutil
from pathlib import Path

import pytest
import torch
from mmengine.fileio import LocalBackend
from support.runs import Scores, make_runner, names

from refinenet_mmseg.atomic_io import partial_path
from refinenet_mmseg.engine.checkpoint_files import is_intact


def last(folder):
    return Path((folder / 'last_checkpoint').read_text()).name


class Killed(BaseException):
    """A kill, which no handler catches."""


def test_there_is_an_intact_checkpoint_at_every_moment(tmp_path, monkeypatch):
    seen = []
    put, replace, remove = LocalBackend.put, os.replace, LocalBackend.remove

    def look(name):
        if (tmp_path / 'last_checkpoint').exists():
            seen.append(name)
            assert is_intact(tmp_path / last(tmp_path))

    monkeypatch.setattr(
        LocalBackend, 'put', lambda *a: (look('put'), put(*a), look('put'))
    )
    monkeypatch.setattr(
        os, 'replace', lambda *a: (look('name'), replace(*a), look('name'))
    )
    monkeypatch.setattr(
        LocalBackend, 'remove', lambda *a: (remove(*a), look('remove'))
    )
    make_runner(tmp_path, scores=[1, 2], max_keep_ckpts=1).train()
    assert seen.count('remove') == 4  # three old ones, one that was best
    assert names(tmp_path) == ['best_mIoU_iter_8.pth', 'iter_8.pth']
    assert last(tmp_path) == 'iter_8.pth'


# The first that is removed, and the last, after which nothing is saved.
@pytest.mark.parametrize('old', ['iter_2.pth', 'best_mIoU_iter_4.pth'])
def test_partial_files_of_a_killed_process_are_removed(
    tmp_path, monkeypatch, old
):
    remove = LocalBackend.remove

    def kill(backend, path):
        if Path(path).name == old:
            raise Killed
        remove(backend, path)

    with monkeypatch.context() as patch:
        patch.setattr(LocalBackend, 'remove', kill)
        with pytest.raises(Killed):
            make_runner(tmp_path, scores=[1, 2], max_keep_ckpts=1).train()
    assert old in names(tmp_path)
    (tmp_path / '.iter_6.7.partial.pth').touch()
    (tmp_path / 'iter_1.pth').touch()  # not one of this training
    make_runner(tmp_path, scores=[1, 2], resume=True, max_keep_ckpts=1).train()
    assert names(tmp_path) == [
        'best_mIoU_iter_8.pth',
        'iter_1.pth',
        'iter_8.pth',
    ]


def test_the_last_ones_are_kept(tmp_path):
    make_runner(tmp_path, max_keep_ckpts=2).train()
    assert names(tmp_path) == ['iter_6.pth', 'iter_8.pth']
    other = tmp_path / 'all'
    make_runner(other).train()
    assert names(other) == [f'iter_{step}.pth' for step in (2, 4, 6, 8)]


def test_the_best_of_several_scores_are_kept(tmp_path, monkeypatch):
    remove = LocalBackend.remove
    of_a_kind = []

    def look(backend, path):
        kind = Path(path).name.rstrip('.pth0123456789')
        of_a_kind.append(
            sum(name.startswith(kind) for name in names(tmp_path))
        )
        remove(backend, path)

    monkeypatch.setattr(LocalBackend, 'remove', look)
    runner = make_runner(
        tmp_path,
        scores=[(2, 1), (1, 2), (0, 3)],
        max_iters=12,
        max_keep_ckpts=1,
    )
    runner.train()
    assert names(tmp_path) == [
        'best_mAcc_iter_12.pth',
        'best_mIoU_iter_4.pth',
        'iter_12.pth',
    ]
    assert runner.message_hub.get_info('best_score_mIoU') == 2
    # Never the only one: five of iterations, two of mAcc.
    assert of_a_kind == [2] * 7


def test_a_folder_that_was_moved_keeps_its_best(tmp_path):
    before, after = tmp_path / 'before', tmp_path / 'after'
    make_runner(before, scores=[1], max_iters=4, max_keep_ckpts=1).train()
    shutil.copytree(before, after)
    make_runner(after, scores=[2], resume=True, max_keep_ckpts=1).train()
    assert names(before) == ['best_mIoU_iter_4.pth', 'iter_4.pth']
    assert names(after) == ['best_mIoU_iter_8.pth', 'iter_8.pth']


def test_a_folder_that_was_renamed_keeps_its_best(tmp_path):
    before, after = tmp_path / 'before', tmp_path / 'after'
    make_runner(before, scores=[2], max_iters=4, max_keep_ckpts=1).train()
    before.rename(after)
    make_runner(after, scores=[1], resume=True, max_keep_ckpts=1).train()
    assert names(after) == ['best_mIoU_iter_4.pth', 'iter_8.pth']


@pytest.mark.parametrize('value', ['everything', [3, None, ['x']], None, 7])
def test_files_that_a_checkpoint_names_are_not_trusted(tmp_path, value):
    theirs = [
        tmp_path / name
        for name in ('thesis.tex', 'run/iter_notes.txt', 'run/best_of.pth')
    ]
    run = tmp_path / 'run'
    make_runner(run, max_iters=4, max_keep_ckpts=1).train()
    for path in theirs:
        path.write_text('mine')
    outside = tmp_path / 'iter_2.pth'
    outside.write_text('mine')
    last = run / 'iter_4.pth'
    checkpoint = torch.load(last, weights_only=False)
    checkpoint['message_hub']['runtime_info']['written_ckpts'] = (
        [
            *map(str, theirs),
            '../iter_2.pth',
            str(outside),
            'best_of.pth',
            3,
            'last_checkpoint',
        ]
        if value == 'everything'
        else value
    )
    torch.save(checkpoint, last)
    make_runner(run, resume=True, max_keep_ckpts=1).train()
    assert all(path.read_text() == 'mine' for path in [*theirs, outside])


def test_partial_files_of_others_stay(tmp_path):
    theirs = tmp_path / 'download.partial'
    ours = tmp_path / '.best_mIoU_iter_2.7.partial.pth'
    for path in (theirs, ours):
        path.write_text('half')
    make_runner(tmp_path, max_iters=2).train()
    assert theirs.exists()
    assert not ours.exists()


def test_an_interrupted_validation_is_repeated(tmp_path, monkeypatch):
    def kill(*_):
        raise Killed

    runner = make_runner(tmp_path, scores=[3, 1], max_keep_ckpts=1)
    with monkeypatch.context() as patch:
        patch.setattr(Scores, 'process', kill)
        with pytest.raises(Killed):
            runner.train()
    assert names(tmp_path) == ['iter_4.pth']
    runner = make_runner(
        tmp_path, scores=[3, 1], resume=True, max_keep_ckpts=1
    )
    runner.train()
    assert names(tmp_path) == ['best_mIoU_iter_4.pth', 'iter_8.pth']


def test_a_full_disk_keeps_the_last_checkpoint(tmp_path):
    make_runner(tmp_path, max_iters=2, max_keep_ckpts=1).train()
    runner = make_runner(tmp_path, resume=True, max_keep_ckpts=1)

    # Linux's device that is always full, in place of the file.
    def fill(_):
        partial_path(tmp_path / 'iter_4.pth').symlink_to('/dev/full')

    runner.hooks[0].before_train_epoch = fill
    with pytest.raises(
        OSError,
        match=rf'iter_4.pth could not be written to {tmp_path}: no space '
        r'left\. The last good checkpoint is .*iter_2.pth',
    ):
        runner.train()
    assert names(tmp_path) == ['iter_2.pth']
    assert is_intact(tmp_path / 'iter_2.pth')
    make_runner(tmp_path, resume=True, max_keep_ckpts=1).train()
    assert names(tmp_path) == ['iter_8.pth']


def test_a_file_that_reads_back_differently_is_refused(tmp_path, monkeypatch):
    make_runner(tmp_path, max_iters=2, max_keep_ckpts=1).train()
    put = LocalBackend.put
    monkeypatch.setattr(
        LocalBackend,
        'put',
        lambda self, data, path: put(self, data[:-9], path),
    )
    with pytest.raises(OSError, match='read back, it is damaged'):
        make_runner(tmp_path, resume=True, max_keep_ckpts=1).train()
    assert names(tmp_path) == ['iter_2.pth']


@pytest.mark.parametrize('value', [float('nan'), float('inf')])
def test_weights_that_are_not_finite_are_never_saved(tmp_path, value):
    make_runner(tmp_path, max_iters=2, max_keep_ckpts=1).train()
    runner = make_runner(tmp_path, resume=True, max_keep_ckpts=1)
    runner.hooks[0].before_train_epoch = lambda _: (
        runner.model.weight.data.__setitem__(3, value)
    )
    # So that the loss says nothing.
    runner.model.forward = lambda inputs, mode: dict(
        loss=runner.model.weight[:3].sum()
    )
    with pytest.raises(
        FloatingPointError,
        match=r'1 tensors .* iteration 4, weight for one.*iter_2\.pth',
    ):
        runner.train()
    assert names(tmp_path) == ['iter_2.pth']
    weight = torch.load(tmp_path / 'iter_2.pth', weights_only=False)
    assert weight['state_dict']['weight'].isfinite().all()

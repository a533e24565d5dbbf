"""mim on an editable install and on a wheel: openmim or onedl-mim."""

import json
import sys

import pytest
from mmengine.runner import load_checkpoint
from PIL import Image
from support.commands import CONFIG, CONFIG_NAME, REPOSITORY, run
from torch import nn


@pytest.fixture(params=['editable', 'wheel'])
def installed(request):
    """A Python, and the config's path as installed there."""
    if request.param == 'editable':
        return sys.executable, CONFIG
    python = request.getfixturevalue('python_with_wheel')
    (config,) = python.parents[1].glob(
        f'lib/*/site-packages/refinenet_mmseg/.mim/**/{CONFIG_NAME}'
    )
    return python, config


def test_train_writes_a_checkpoint_and_evaluates(trained):
    checkpoint = load_checkpoint(
        nn.Module(), str(trained / 'iter_2.pth'), map_location='cpu'
    )
    assert 'decode_head.conv_seg.weight' in checkpoint['state_dict']
    assert 'stroke' in checkpoint['meta']['dataset_meta']['classes']
    assert list(trained.glob('best_mIoU_iter_2.pth'))
    assert (trained / 'config.py').exists()


def test_train_finds_a_config_by_its_bare_name(installed, tmp_path, tiny):
    python, _ = installed
    output = run(
        *('mim', 'train', 'refinenet_mmseg', CONFIG_NAME, *tiny),
        cwd=tmp_path,
        python=python,
    )
    assert (f'{REPOSITORY}/' in output) == (python == sys.executable)
    work_dir = tmp_path / 'work_dirs' / CONFIG_NAME.removesuffix('.py')
    assert (work_dir / 'iter_2.pth').exists()
    # mim would find a second file of this name, were it in a checkout
    assert not list(tmp_path.rglob(CONFIG_NAME))


def test_train_through_mmsegs_own_script(tmp_path, tiny):
    output = run(
        *('mim', 'train', 'mmsegmentation', CONFIG, '--work-dir', 'run'),
        *tiny,
        cwd=tmp_path,
    )
    assert 'mmseg/.mim/tools/train.py' in output
    assert (tmp_path / 'run' / 'iter_2.pth').exists()


def test_test_with_output_pictures_and_augmentation(
    installed, tmp_path, trained, tiny
):
    python, config = installed
    output = run(
        *('mim', 'test', 'refinenet_mmseg', config),
        *('--checkpoint', trained / 'iter_2.pth'),
        *('--out', 'labels', '--show-dir', 'pictures', '--tta'),
        *('--work-dir', 'run', *tiny),
        cwd=tmp_path,
        python=python,
    )
    assert 'mIoU' in output
    labels = sorted((tmp_path / 'labels').glob('*.png'))
    assert len(labels) == 3
    assert Image.open(labels[0]).size == (64, 64)
    assert len(list(tmp_path.rglob('pictures/**/*.png'))) == 3


def test_run_starts_a_tool(installed, tmp_path):
    python, config = installed
    run(
        *('mim', 'run', 'refinenet_mmseg', 'benchmark', config),
        *('--shape', 64, 64, '--rounds', 1, '--json', 'cost.json'),
        cwd=tmp_path,
        python=python,
    )
    (row,) = json.loads((tmp_path / 'cost.json').read_text())['rows']
    assert row['parameters']['total'] > row['parameters']['decode_head'] > 0


def test_gridsearch_trains_every_point(installed, tmp_path, shapes):
    python, base = installed
    # each point takes a while
    rates = '1e-3 1e-4' if python == sys.executable else '1e-3'
    # gridsearch hands no key=value options on
    loader = dict(
        num_workers=0,
        persistent_workers=False,
        dataset=dict(data_root=str(shapes)),
    )
    config = tmp_path / 'tiny.py'
    config.write_text(
        f'_base_ = {str(base)!r}\n'
        f'train_dataloader = dict(batch_size=2, **{loader})\n'
        f'val_dataloader = {loader}\n'
        'model = dict(data_preprocessor=dict(size=(64, 64)))\n'
        'train_cfg = dict(max_iters=2, val_interval=2)\n'
        'default_hooks = dict(checkpoint=dict(interval=2))\n'
    )
    run(
        *('mim', 'gridsearch', 'refinenet_mmseg', config, '--work-dir', 'g'),
        *('--search-args', f'--optim_wrapper.optimizer.lr {rates}'),
        cwd=tmp_path,
        python=python,
    )
    trained = list(tmp_path.glob('g_search_*/iter_2.pth'))
    assert len(trained) == len(rates.split())


def test_search_reads_the_index(installed, tmp_path):
    python, _ = installed
    output = run(
        'mim', 'search', 'refinenet_mmseg', cwd=tmp_path, python=python
    )
    assert CONFIG_NAME.removesuffix('.py') in output.replace('\n', '')


def test_mim_list_shows_the_package(installed, tmp_path):
    python, _ = installed
    output = run('mim', 'list', cwd=tmp_path, python=python)
    assert 'refinenet' in output


def test_test_through_mmsegs_own_script(tmp_path, trained, tiny):
    output = run(
        *('mim', 'test', 'mmsegmentation', CONFIG),
        *('--checkpoint', trained / 'iter_2.pth'),
        *('--tta', '--out', 'labels', '--work-dir', 'run', *tiny),
        cwd=tmp_path,
    )
    assert 'mIoU' in output
    assert len(list((tmp_path / 'labels').glob('*.png'))) == 3


def test_several_processes_train_resume_and_test(tmp_path, tiny, port):
    started = ('--launcher', 'pytorch', '--gpus', 2, '--port', port)
    train = ('mim', 'train', 'refinenet_mmseg', CONFIG, *started)
    run(*train, '--work-dir', 'run', *tiny, cwd=tmp_path)
    longer = [option.replace('max_iters=2', 'max_iters=4') for option in tiny]
    output = run(
        *(*train, '--work-dir', 'run', '--resume', *longer), cwd=tmp_path
    )
    assert 'resumed epoch: 0, iter: 2' in output
    assert 'Distributed training: True' in output
    output = run(
        *('mim', 'test', 'refinenet_mmseg', CONFIG, *started),
        *('--checkpoint', 'run/iter_4.pth', '--work-dir', 'run', *tiny),
        cwd=tmp_path,
    )
    # three images on two processes
    assert 'Iter(test) [2/2]' in output
    assert 'mIoU' in output

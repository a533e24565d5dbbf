"""Complete runs by command line, each in its own folder."""

import shutil
import socket
import sys
from pathlib import Path

import pytest
from filelock import FileLock
from mmengine.utils import is_installed
from support.commands import CONFIG, REPOSITORY, run

from refinenet_mmseg.datasets.shapes import generate_shapes_dataset


def pytest_collection_modifyitems(items):
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.integration)


@pytest.fixture(scope='session')
def make_once(tmp_path_factory):
    """Fill a folder once, however many processes share the tests."""
    shared = tmp_path_factory.getbasetemp()
    if shared.name.startswith('popen-'):  # of one of several processes
        shared = shared.parent

    def make(name, fill):
        folder = shared / f'shared-{name}'
        with FileLock(f'{folder}.lock'):
            if not (folder / 'made').exists():
                folder.mkdir(exist_ok=True)
                fill(folder)
                (folder / 'made').touch()
        return folder

    return make


@pytest.fixture(scope='session')
def built(make_once):
    """Source distribution, and the wheel that was built from it.

    From a copy of the repository, ``source``: while one is built, mim would
    find every config of the repository twice.
    """

    def build(folder):
        shutil.copytree(
            REPOSITORY,
            folder / 'source',
            ignore=shutil.ignore_patterns('.?*', 'work_dirs', 'data'),
        )
        run(
            *(sys.executable, '-m', 'build', '--no-isolation'),
            *('--outdir', folder, folder / 'source'),
            cwd=folder,
        )

    return make_once('dist', build)


@pytest.fixture(scope='session')
def python_with_wheel(built, make_once):
    """A new environment: the wheel, and what it asks for, as in this one."""
    (wheel,) = built.glob('*.whl')
    python = Path('environment', 'bin', 'python')

    def install(folder):
        run(sys.executable, '-m', 'venv', folder / 'environment', cwd=folder)
        versions = run(sys.executable, '-m', 'pip', 'freeze', cwd=folder)
        constraints = [line for line in versions.splitlines() if '==' in line]
        (folder / 'constraints.txt').write_text('\n'.join(constraints))
        stack = 'openmmlab' if is_installed('mmsegmentation') else 'onedl'
        run(
            *(folder / python, '-m', 'pip', 'install', '--quiet'),
            *('--constraint', 'constraints.txt', f'{wheel}[{stack}]'),
            cwd=folder,
        )

    return make_once('wheel', install) / python


@pytest.fixture(scope='session')
def shapes(make_once):
    """A tiny data set."""
    return (
        make_once(
            'shapes',
            lambda folder: generate_shapes_dataset(
                folder / 'data',
                num_train=6,
                num_val=3,
                size=64,
                show_progress=False,
            ),
        )
        / 'data'
    )


@pytest.fixture(scope='session')
def tiny(shapes):
    """Options that make the demo's config tiny: two iterations."""
    loaders = ('train', 'val', 'test')
    return [
        '--cfg-options',
        *(f'{name}_dataloader.dataset.data_root={shapes}' for name in loaders),
        *(f'{name}_dataloader.num_workers=0' for name in loaders),
        *(f'{name}_dataloader.persistent_workers=False' for name in loaders),
        'train_dataloader.batch_size=2',
        'model.data_preprocessor.size=(64,64)',
        'model.decode_head.channels=16',
        'default_hooks.checkpoint.interval=2',
        'default_hooks.logger.interval=1',
        'train_cfg.val_interval=2',
        'train_cfg.max_iters=2',
    ]


@pytest.fixture(scope='session')
def trained(make_once, tiny):
    """The work folder of a training through mim, by the config's path."""
    return (
        make_once(
            'trained',
            lambda folder: run(
                *(
                    'mim',
                    'train',
                    'refinenet_mmseg',
                    CONFIG,
                    '--work-dir',
                    'run',
                ),
                *tiny,
                cwd=folder,
            ),
        )
        / 'run'
    )


@pytest.fixture
def port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return str(probe.getsockname()[1])

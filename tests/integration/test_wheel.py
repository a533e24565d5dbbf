"""The package as users get it: a wheel, outside the repository."""

import os
import sys
import tarfile
import zipfile

import pytest
from commands import CONFIG_NAME, REPOSITORY, run


@pytest.fixture(scope='module')
def built(tmp_path_factory):
    """Source distribution, and the wheel that was built from it."""
    folder = tmp_path_factory.mktemp('dist')
    run(
        *(sys.executable, '-m', 'build', '--no-isolation'),
        *('--outdir', folder, REPOSITORY),
        cwd=folder,
    )
    return folder


@pytest.fixture(scope='module')
def installed(built, tmp_path_factory):
    """A folder with the wheel's content, to be put first on the path."""
    target = tmp_path_factory.mktemp('site')
    (wheel,) = built.glob('*.whl')
    run(
        *(sys.executable, '-m', 'pip', 'install', '--quiet', '--no-deps'),
        *('--target', target, wheel),
        cwd=target,
    )
    return target


def test_both_hold_configs_tools_and_index(built):
    (wheel,) = built.glob('*.whl')
    packed = set(zipfile.ZipFile(wheel).namelist())
    wanted = {
        'model-index.yml',
        'tools/train.py',
        'tools/dist_train.sh',
        'configs/_base_/default_runtime.py',
        f'configs/refinenet/{CONFIG_NAME}',
        'configs/refinenet/metafile.yaml',
    }
    for folder in ('refinenet_mmseg', '_refinenet_mmseg_mim'):
        assert not {f'{folder}/.mim/{name}' for name in wanted} - packed
    assert not [name for name in packed if name.startswith('tests')]
    assert 'refinenet_mmseg/models/blocks/refinenet_block.py' in packed

    (source,) = built.glob('*.tar.gz')
    with tarfile.open(source) as archive:
        names = {name.partition('/')[2] for name in archive.getnames()}
    assert not wanted - names
    assert {'Makefile', 'requirements/onedl.txt', 'tests/conftest.py'} <= names


def test_building_leaves_nothing_in_the_repository(built):
    # mim would take these for the package, or find every config twice
    assert not (REPOSITORY / 'refinenet_mmseg' / '.mim').exists()
    assert not list(REPOSITORY.glob('*.egg-info'))
    assert not (REPOSITORY / 'build').exists()


def run_installed(installed, *command, cwd):
    output = run(*command, cwd=cwd, PYTHONPATH=os.fspath(installed))
    for folder in ('refinenet_mmseg', 'tools', 'configs'):
        assert f'{REPOSITORY / folder}/' not in output
    return output


def test_mim_trains_by_a_bare_name(installed, tmp_path, tiny):
    output = run_installed(
        installed,
        *('mim', 'train', 'refinenet_mmseg', CONFIG_NAME, *tiny),
        cwd=tmp_path,
    )
    assert str(installed) in output
    assert list(tmp_path.rglob('iter_2.pth'))


def test_mim_runs_tools_and_reads_the_index(installed, tmp_path):
    run_installed(
        installed,
        *('mim', 'run', 'refinenet_mmseg', 'make_shapes_dataset', 'shapes'),
        *('--num-train', 1, '--num-val', 1, '--size', 64),
        cwd=tmp_path,
    )
    assert (tmp_path / 'shapes' / 'img_dir').is_dir()
    output = run_installed(
        installed, 'mim', 'search', 'refinenet_mmseg', cwd=tmp_path
    )
    assert CONFIG_NAME.removesuffix('.py') in output.replace('\n', '')


def test_a_users_config_inherits_from_the_wheel(installed, tmp_path, tiny):
    """By scope with our tools, by path with mmseg's own."""
    for base, package in (
        (f"'refinenet_mmseg::refinenet/{CONFIG_NAME}'", 'refinenet_mmseg'),
        (
            "__import__('refinenet_mmseg')"
            f".config_path('refinenet/{CONFIG_NAME}')",
            'mmsegmentation',
        ),
    ):
        config = tmp_path / f'with_{package}.py'
        config.write_text(f'_base_ = {base}\n')
        run_installed(
            installed, 'mim', 'train', package, config, *tiny, cwd=tmp_path
        )
        work_dir = tmp_path / 'work_dirs' / config.stem
        assert (work_dir / 'iter_2.pth').exists()

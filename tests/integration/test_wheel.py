"""The package as users get it: a wheel, outside the repository."""

import tarfile
import zipfile

from support.commands import CONFIG_NAME, REPOSITORY, run


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
    assert 'refinenet_mmseg/evaluation/results/schema.json' in packed
    board = {
        path.relative_to(REPOSITORY).as_posix()
        for path in (REPOSITORY / 'refinenet_mmseg/leaderboard').rglob('*.*')
        if path.suffix != '.pyc'
    }
    assert not board - packed

    (source,) = built.glob('*.tar.gz')
    with tarfile.open(source) as archive:
        names = {name.partition('/')[2] for name in archive.getnames()}
    assert not wanted - names
    assert {'Makefile', 'requirements/onedl.txt', 'tests/conftest.py'} <= names
    assert 'refinenet_mmseg/evaluation/results/schema.json' in names


def test_building_leaves_nothing_in_the_repository(built):
    # mim would take these for the package, or find every config twice
    for repository in (REPOSITORY, built / 'source'):
        assert (repository / 'refinenet_mmseg' / '__init__.py').exists()
        assert not (repository / 'refinenet_mmseg' / '.mim').exists()
        assert not list(repository.glob('*.egg-info'))
        assert not (repository / 'build').exists()


def test_the_package_is_the_wheels(python_with_wheel, tmp_path):
    output = run(
        *(python_with_wheel, '-c'),
        'import refinenet_mmseg; print(refinenet_mmseg.__file__)',
        cwd=tmp_path,
    )
    assert output.splitlines()[-1].startswith(
        str(python_with_wheel.parents[1] / 'lib')
    )


def test_a_users_config_inherits_from_the_wheel(
    python_with_wheel, tmp_path, tiny
):
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
        output = run(
            *('mim', 'train', package, config, *tiny),
            cwd=tmp_path,
            python=python_with_wheel,
        )
        assert str(REPOSITORY) not in output
        work_dir = tmp_path / 'work_dirs' / config.stem
        assert (work_dir / 'iter_2.pth').exists()

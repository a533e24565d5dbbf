import subprocess
import sys

import pytest
from mmengine.config import Config

from refinenet_mmseg import config_path
from refinenet_mmseg.evaluation.results import provenance
from refinenet_mmseg.evaluation.results.provenance import (
    hash_config,
    name_initialization,
    relative_config_path,
)

FILE = config_path('refinenet/refinenet_r18_1xb4-10k_camvid-360x480.py')
SCRATCH = FILE.replace('_r18_', '_r18-scratch_')


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    package = tmp_path / 'package'
    package.mkdir()
    (package / '__init__.py').write_text('')
    monkeypatch.setattr(provenance, 'PACKAGE', package)
    for name, value in (
        ('GIT_CONFIG_GLOBAL', '/dev/null'),
        ('GIT_CEILING_DIRECTORIES', str(tmp_path.parent)),
        ('GIT_AUTHOR_NAME', 'a'),
        ('GIT_AUTHOR_EMAIL', 'a@b'),
        ('GIT_COMMITTER_NAME', 'a'),
        ('GIT_COMMITTER_EMAIL', 'a@b'),
    ):
        monkeypatch.setenv(name, value)
    return package


def git(checkout, *arguments):
    return subprocess.run(
        ('git', '-C', checkout.parent, *arguments),
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()


def test_finds_the_commit_and_whether_files_differ(checkout):
    unknown = dict(git_commit=None, git_dirty=None)
    assert provenance.find_commit() == unknown
    git(checkout, 'init')
    git(checkout, 'commit', '--allow-empty', '-m', 'of another project')
    # an installed package, in a checkout that is not its own
    assert provenance.find_commit() == unknown
    git(checkout, 'add', '.')
    git(checkout, 'commit', '-m', 'a')
    commit = git(checkout, 'rev-parse', 'HEAD')
    assert provenance.find_commit() == dict(git_commit=commit, git_dirty=False)
    (checkout / 'run.log').write_text('')
    assert provenance.find_commit()['git_dirty'] is False
    (checkout / '__init__.py').write_text('changed')
    assert provenance.find_commit() == dict(git_commit=commit, git_dirty=True)


def test_no_commit_without_git(checkout, monkeypatch):
    monkeypatch.setenv('PATH', '')
    assert provenance.find_commit()['git_commit'] is None


def test_the_command_names_the_script_below_its_checkout(
    checkout, monkeypatch
):
    script = checkout.parent / 'tools' / 'train.py'
    monkeypatch.setattr(
        sys, 'argv', [str(script), 'a.py', '--work-dir', 'b c']
    )
    assert (
        provenance.format_command() == "tools/train.py a.py --work-dir 'b c'"
    )


def test_lists_the_versions_of_what_computes():
    versions = provenance.list_versions()
    assert versions['python'].startswith('3.')
    assert set(versions) > {'torch', 'mmcv', 'mmengine', 'mmseg'}
    assert all(isinstance(version, str) for version in versions.values())


def hash_with(**changes):
    config = Config.fromfile(FILE)
    config.val_evaluator = dict(config.val_evaluator[0])
    config.merge_from_dict(changes)
    return hash_config(config)


@pytest.mark.parametrize(
    'changes',
    [
        dict(work_dir='/there/run'),
        {'train_dataloader.dataset.data_root': '/there/camvid'},
        dict(data_root='/there/camvid'),
        dict(load_from='/there/b.pth'),
        {
            'val_evaluator.output_dir': '/there',
            'val_evaluator.keep_results': 1,
        },
        {'visualizer.save_dir': '/there'},
        {'model.backbone.init_cfg.checkpoint': '/there/resnet18_v1c'},
        dict(launcher='slurm'),
        dict(resume=True),
        dict(a_name_that_bases_hand_on=[1, 2]),
        {'randomness.seed': 3},
        {'default_hooks.checkpoint.out_dir': '/there'},
        {'default_hooks.checkpoint.max_keep_ckpts': 7},
        {'default_hooks.logger.interval': 7},
        {'train_dataloader.num_workers': 7},
        {'val_dataloader.persistent_workers': False},
        dict(
            custom_hooks=[
                *Config.fromfile(FILE).custom_hooks[:-1],
                dict(type='ResultHook', predictions=8),
            ]
        ),
    ],
)
def test_the_config_hash_does_not_depend_on_the_machine(changes):
    if 'model.backbone.init_cfg.checkpoint' in changes:
        before = Config.fromfile(FILE).model.backbone.init_cfg.checkpoint
        name = '/there/' + before.rpartition('/')[2]
        changes = {'model.backbone.init_cfg.checkpoint': name}
    assert hash_with(**changes) == hash_with()


@pytest.mark.parametrize(
    'changes',
    [
        {'optim_wrapper.optimizer.lr': 1.0},
        {'randomness.deterministic': True},
        {'model.backbone.init_cfg.checkpoint': 'b.pth'},
        {'train_dataloader.batch_size': 5},
        dict(custom_hooks=[dict(type='EMAHook')]),
    ],
)
def test_another_training_has_another_config_hash(changes):
    assert hash_with(**changes) != hash_with()


def test_a_config_path_is_relative_to_what_holds_it(tmp_path, monkeypatch):
    assert relative_config_path(FILE) == (
        'configs/refinenet/refinenet_r18_1xb4-10k_camvid-360x480.py'
    )
    own = tmp_path / 'folder' / 'own.py'
    assert relative_config_path(str(own)) == 'own.py'
    monkeypatch.chdir(tmp_path)
    assert relative_config_path(str(own)) == 'folder/own.py'


def test_names_the_weights_that_a_training_starts_from():
    assert name_initialization(Config.fromfile(SCRATCH)) == 'random'
    config = Config.fromfile(FILE)
    name = config.model.backbone.init_cfg.checkpoint.rpartition('/')[2]
    assert name_initialization(config) == name
    config.model.decode_head.init_cfg = dict(checkpoint='dir/head.pth')
    assert name_initialization(config) == f'head.pth, {name}'
    config.model.backbone.init_cfg = None
    config.model.pretrained = 'open-mmlab://resnet50_v1c'
    assert name_initialization(config) == 'head.pth, resnet50_v1c'
    config.load_from = 'https://host/all.pth'
    assert name_initialization(config) == 'all.pth'


def test_names_weights_that_come_without_a_file_name():
    config = Config.fromfile(
        config_path('_base_/models/refinenet_efficientnet-lite0.py')
    )
    assert name_initialization(config) == 'EfficientNetLitePretrained'
    config.model.backbone.init_cfg = None
    assert name_initialization(config) == 'random'
    config.model.backbone.pretrained = True
    assert name_initialization(config) == 'tf_efficientnet_lite0 (timm)'

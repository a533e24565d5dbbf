import pytest
from mmengine.config import Config

from refinenet_mmseg import config_path
from refinenet_mmseg.evaluation.results.recipe import (
    hash_config,
    name_config,
    name_initialisation,
)

FILE = config_path('refinenet/refinenet_r18_1xb4-10k_camvid-360x480.py')
SCRATCH = FILE.replace('_r18_', '_r18-scratch_')


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
def test_a_recipe_has_the_same_hash_elsewhere(changes):
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
def test_another_recipe_has_another_hash(changes):
    assert hash_with(**changes) != hash_with()


def test_a_config_is_named_below_what_holds_it(tmp_path, monkeypatch):
    assert name_config(FILE) == (
        'configs/refinenet/refinenet_r18_1xb4-10k_camvid-360x480.py'
    )
    own = tmp_path / 'folder' / 'own.py'
    assert name_config(str(own)) == 'own.py'
    monkeypatch.chdir(tmp_path)
    assert name_config(str(own)) == 'folder/own.py'


def test_names_the_weights_that_training_begins_with():
    assert name_initialisation(Config.fromfile(SCRATCH)) == 'random'
    config = Config.fromfile(FILE)
    name = config.model.backbone.init_cfg.checkpoint.rpartition('/')[2]
    assert name_initialisation(config) == name
    config.model.decode_head.init_cfg = dict(checkpoint='dir/head.pth')
    assert name_initialisation(config) == f'head.pth, {name}'
    config.model.backbone.init_cfg = None
    config.model.pretrained = 'open-mmlab://resnet50_v1c'
    assert name_initialisation(config) == 'head.pth, resnet50_v1c'
    config.load_from = 'https://host/all.pth'
    assert name_initialisation(config) == 'all.pth'

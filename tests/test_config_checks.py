import pytest
from mmengine.config import Config
from support.runs import run_config

from refinenet_mmseg import config_path
from refinenet_mmseg.config_checks import (
    check_config_keys,
    check_config_types,
    require_keys,
    require_loop,
)

SHAPES = 'refinenet/refinenet_r18_1xb8-1k_shapes-160x160.py'


@pytest.mark.parametrize(
    ('key', 'meant'),
    [
        ('trian_dataloader', 'train_dataloader'),
        ('param_schedulers', 'param_scheduler'),
        ('load_form', 'load_from'),
        ('custom_hook', 'custom_hooks'),
        ('tta_modle', 'tta_model'),
    ],
)
def test_names_the_key_that_was_meant(key, meant):
    with pytest.raises(ValueError, match=f'{key!r}: did you mean {meant!r}'):
        check_config_keys(['model', key])


def test_variables_are_accepted():
    check_config_keys(
        ['data_root_val', 'crop_size', 'train_pipeline', 'model_2', 'lr', 'x']
    )


def test_a_config_of_this_package_is_right():
    check_config_keys(Config.fromfile(config_path(SHAPES)))


@pytest.mark.parametrize(
    ('key', 'value', 'expected'),
    [
        ('model', 'refinenet', "dict, got 'refinenet'"),
        ('model.test_cfg', 'whole', "dict, got 'whole'"),
        ('model.decode_head', 3, 'dict or list or tuple, got 3'),
        ('model.decode_head.num_classes', 'x', "int, got 'x'"),
        ('train_dataloader', [1], r'dict, got \[1\]'),
        ('test_dataloader.dataset', 'camvid', "dict, got 'camvid'"),
        ('test_evaluator', 'IoUMetric', 'dict or list or tuple, got'),
        ('optim_wrapper.optimizer', 'SGD', "dict, got 'SGD'"),
        ('env_cfg', None, 'dict, got None'),
        ('custom_hooks', 'X', 'list or tuple, got'),
        ('test_pipeline', 'default', 'list or tuple, got'),
    ],
)
def test_names_the_value_of_the_wrong_type(tmp_path, key, value, expected):
    config = run_config(tmp_path)
    config.merge_from_dict({key: value})
    with pytest.raises(
        ValueError, match=f'config: {key} must be of type {expected}'
    ):
        check_config_types(config)


def test_right_types_pass(tmp_path):
    config = run_config(tmp_path, param_scheduler=None)
    config.custom_hooks = ()
    config.tta_model = config.val_evaluator = None
    config.train_dataloader['dataset'] = object()
    check_config_types(config)
    check_config_types(Config.fromfile(config_path(SHAPES)))


@pytest.mark.parametrize('value', [None, dict()])
def test_names_the_keys_that_are_missing(value):
    config = Config(dict(model=dict(type='X'), test_dataloader=value))
    config.test_cfg = dict()
    keys = ('model.type', 'model.backbone.depth', 'test_dataloader')
    keys += ('test_dataloader.dataset', 'test_cfg')
    missing = f'no {", ".join(keys[1:4])}, which --x'
    with pytest.raises(ValueError, match=f'the config has {missing} needs'):
        require_keys(config, '--x', *keys)


def test_a_loop_needs_all_of_its_keys(tmp_path):
    config = run_config(tmp_path)
    require_loop(config, 'train')
    require_loop(config, 'test')
    config.pop('train_cfg')
    for loop in ('train', 'test'):
        with pytest.raises(ValueError, match='no train_cfg, which the train'):
            require_loop(config, loop)
    for key in ('train_dataloader', 'optim_wrapper'):
        config.pop(key)
    require_loop(config, 'test')
    with pytest.raises(ValueError, match='no train_dataloader, train_cfg'):
        require_loop(config, 'train')

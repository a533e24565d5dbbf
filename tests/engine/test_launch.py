import argparse
import errno
from types import SimpleNamespace

import pytest
import torch
from mmengine.config import Config
from mmseg.evaluation import IoUMetric
from support.runs import run_config

from refinenet_mmseg.engine import launch
from refinenet_mmseg.evaluation import TrimapIoUMetric


def parse(*arguments):
    parser = argparse.ArgumentParser()
    launch.add_train_arguments(parser)
    return parser.parse_args(arguments)


@pytest.fixture
def config_file(tmp_path):
    path = tmp_path / 'small.py'
    path.write_text('value = 1\nnested = dict(value=2)\n')
    return str(path)


def test_work_dir_is_named_after_the_config(config_file):
    assert launch.load_config(parse(config_file)).work_dir == 'work_dirs/small'
    args = parse(config_file, '--work-dir', 'elsewhere')
    assert launch.load_config(args).work_dir == 'elsewhere'


def test_options_override_the_config(config_file):
    args = parse(config_file, '--cfg-options', 'nested.value=3', 'value=4')
    config = launch.load_config(args)
    assert (config.value, config.nested.value) == (4, 3)


def test_trust_is_an_option_of_the_command_line(config_file):
    assert 'trust_checkpoint' not in launch.load_config(parse(config_file))
    config = launch.load_config(parse(config_file, '--trust-checkpoint'))
    assert config.trust_checkpoint


def test_names_a_config_that_is_not_there():
    with pytest.raises(FileNotFoundError, match=r'no config missing\.py'):
        launch.load_config(parse('missing.py'))


@pytest.mark.parametrize(
    ('cuda', 'bf16', 'wrapper'),
    [
        (False, False, 'Bf16OptimWrapper'),
        (True, True, 'Bf16OptimWrapper'),
        (True, False, 'AmpOptimWrapper'),
    ],
)
def test_amp_picks_what_the_device_can_do(monkeypatch, cuda, bf16, wrapper):
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: cuda)
    monkeypatch.setattr(launch, 'supports_bf16', lambda _: bf16)
    config = Config(
        dict(optim_wrapper=dict(type='AmpOptimWrapper', dtype='float16'))
    )
    launch.use_mixed_precision(config)
    assert config.optim_wrapper.type == wrapper
    assert ('loss_scale' in config.optim_wrapper) == (cuda and not bf16)
    assert 'dtype' not in config.optim_wrapper


def test_names_a_checkpoint_that_is_not_there():
    with pytest.raises(FileNotFoundError, match=r'no checkpoint none\.pth'):
        launch.run_testing(Config(), 'none.pth')


@pytest.mark.parametrize(
    ('option', 'argument', 'key'),
    [
        ('--tta', dict(tta=True), 'tta_model, tta_pipeline'),
        ('--show-dir', dict(show_dir='x'), 'default_hooks, visualizer'),
    ],
)
def test_names_the_key_that_an_option_needs(tmp_path, option, argument, key):
    checkpoint = tmp_path / 'a.pth'
    checkpoint.touch()
    config = run_config(tmp_path)
    config.default_hooks = None
    with pytest.raises(ValueError, match=f'no {key}.*, which {option} needs'):
        launch.run_testing(config, str(checkpoint), **argument)


def test_label_maps_are_written_by_the_one_evaluator_that_can():
    whole, bands = dict(type='IoUMetric'), dict(type='TrimapIoUMetric')
    assert launch._find_label_writer(whole) is whole
    assert launch._find_label_writer([bands, whole]) is whole
    lazy = [dict(type=TrimapIoUMetric), dict(type=IoUMetric)]
    assert launch._find_label_writer(lazy) is lazy[1]


@pytest.mark.parametrize(
    ('types', 'message'),
    [
        (['TrimapIoUMetric'], 'got 0 among TrimapIoUMetric: set output_dir'),
        ([TrimapIoUMetric], 'got 0 among TrimapIoUMetric: set output_dir'),
        (['IoUMetric', 'mmseg.IoUMetric'], 'got 2 among IoUMetric, mmseg'),
        (['IoUMetrik'], "there is no metric 'IoUMetrik'"),
    ],
)
def test_ambiguous_writer_of_label_maps_is_refused(types, message):
    with pytest.raises(ValueError, match=message):
        launch._find_label_writer([dict(type=name) for name in types])


def test_a_log_that_meets_a_full_disk_names_the_folder(tmp_path, monkeypatch):
    def train():
        raise OSError(errno.ENOSPC, 'No space left on device')

    runner = SimpleNamespace(train=train)
    monkeypatch.setattr(launch, '_build_runner', lambda _: runner)
    with pytest.raises(OSError, match=r'no space left in \S*work\b.*resume'):
        launch.run_training(run_config(tmp_path), resume=False)

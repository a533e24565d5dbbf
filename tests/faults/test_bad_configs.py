"""Configs with unknown or contradictory values."""

import argparse
import sys
from unittest.mock import patch

import pytest
from mmseg.registry import MODELS
from support.faults import FaultRows
from support.networks import make_refinenet_config
from support.runs import run_config

from refinenet_mmseg import config_path
from refinenet_mmseg.config_checks import check_config_keys
from refinenet_mmseg.configs import read_config
from refinenet_mmseg.engine import launch
from refinenet_mmseg.inference import load_segmentor

ROWS = FaultRows()


def read(folder, text, *options):
    path = folder / 'small.py'
    path.write_text(text)
    parser = argparse.ArgumentParser()
    launch.add_train_arguments(parser)
    return launch.load_config(parser.parse_args([str(path), *options]))


def refuse_head(fault, error, match, names, **head):
    @ROWS.refused(fault, 'all tools', error, match, names)
    def build(folder):
        MODELS.build(make_refinenet_config(**head).model)


@ROWS.refused(
    *('misspelled key in a config', '`train.py`, `test.py`', ValueError),
    r"nothing reads the config key 'trian_dataloader': did you mean 'train_",
    'the key, and the one that was meant',
)
def misspelled_key(folder):
    read(folder, 'trian_dataloader = dict(batch_size=2)\n')


@ROWS.refused(
    *('misspelled key in --cfg-options', '`train.py`, `test.py`', ValueError),
    r"nothing reads the config key 'train_dataloder': did you mean 'train_",
    'the key, and the one that was meant',
)
def misspelled_option(folder):
    read(folder, 'a = 1\n', '--cfg-options', 'train_dataloder.batch_size=2')


@ROWS.right(
    *('variables of any name', '`train.py`, `test.py`'), 'the config as it is'
)
def variables(folder):
    text = 'data_root_val = 1\nmy_schedule = 2\ntest_pipeline_large = []\n'
    assert read(folder, text).my_schedule == 2


@ROWS.refused(
    *('missing file', '`train.py`, `test.py`', FileNotFoundError),
    r'There is no config \S*nowhere\.py',
    'the file',
)
def missing_file(folder):
    read_config(folder / 'nowhere.py')


@ROWS.refused(
    *('base of this package that does not exist', 'all tools'),
    *(FileNotFoundError, r"no config 'refinenet/nowhere\.py'; there are: "),
    'the config, and those that there are',
)
def missing_base(folder):
    config_path('refinenet/nowhere.py')


@ROWS.refused(
    *('syntax error', 'all tools', ValueError),
    r'\S*small\.py, or a base of it, is not valid Python: .* line 1',
    'the file',
)
def syntax_error(folder):
    read(folder, 'model = dict(\n')


refuse_head(
    *('unknown key of the head', TypeError),
    r"unexpected keyword argument 'num_adapt_unit'",
    'the key',
    num_adapt_unit=2,
)
refuse_head(
    *('unknown type of the head', KeyError),
    r'RefinNetHead is not in the mmseg::model registry',
    'the type',
    type='RefinNetHead',
)
refuse_head(
    *('unknown key of a part', TypeError),
    r"unexpected keyword argument 'stages'",
    'the key',
    pooling=dict(stages=4),
)
refuse_head(
    *('paths that enter no block', ValueError),
    r'leaves out \[0\]',
    '`wiring` and the path',
    wiring=((3,), (2,), (1,)),
)
refuse_head(
    *('widths that do not go together', ValueError),
    r'channels=4 must be the width of the last block, 9',
    '`channels` and `path_channels`',
    path_channels=(9, 9, 9, 9),
)
refuse_head(
    *('one number of channels for several levels', ValueError),
    'in_channels must list the channels of every input path, got 4',
    '`in_channels`',
    in_channels=4,
)
refuse_head(
    *('kernel of even size', ValueError),
    'kernel_size must be odd',
    '`kernel_size`',
    classifier_kernel_size=2,
)


@ROWS.refused(
    *('channels of another backbone', 'training', ValueError),
    r'\[4, 8, 16, 32\] channels, but decode_head\.in_index',
    '`decode_head.in_channels` and those of the backbone',
)
def other_backbone(folder):
    head = dict(in_channels=[4, 8, 16, 64])
    launch.run_training(run_config(folder, head=head), False)


@ROWS.refused(
    *('backbone of timm, which is not installed', 'all tools', ImportError),
    r"timm is missing .*pip install '\.\[efficientnet-lite\]'",
    'timm and the extra to install',
)
def missing_timm(folder):
    config = run_config(folder)
    config.model.backbone = dict(type='TIMMBackbone', model_name='resnet18')
    with (
        patch('mmseg.models.backbones.timm_backbone.timm', None),
        patch.dict(sys.modules, timm=None),
    ):
        launch.run_training(config, False)


POOLED = dict(
    type='PSPHead',
    in_channels=32,
    in_index=3,
    channels=4,
    num_classes=3,
    norm_cfg=dict(type='BN'),
)


@ROWS.refused(
    *('batch of one, pooled to a pixel, with batch norm', 'training'),
    *(ValueError, r'train_dataloader\.batch_size to 2 or more'),
    '`train_dataloader.batch_size` and `norm_cfg`',
)
def batch_of_one(folder):
    config = run_config(folder, batch_size=1)
    config.model.decode_head = POOLED
    launch.run_training(config, False)


@ROWS.right(
    'batch of one with batch norm, RefineNet', 'training', 'finite weights'
)
def batch_of_one_refinenet(folder):
    head = dict(norm_cfg=dict(type='BN'))
    runner = launch._build_runner(run_config(folder, batch_size=1, head=head))
    model = runner.train()
    assert all(p.isfinite().all() for p in model.parameters())


@ROWS.refused(
    *('--tta without tta_model', '`test.py`', ValueError),
    'no tta_model, tta_pipeline, which --tta needs',
    'the option and the keys',
)
def no_tta(folder):
    (folder / 'a.pth').touch()
    launch.run_testing(run_config(folder), str(folder / 'a.pth'), tta=True)


@ROWS.refused(
    *('no model', 'all tools that build one', ValueError),
    r'small\.py has no model\.type, test_pipeline, which a prediction needs',
    'the file, the keys and what needs them',
)
def no_model(folder):
    (folder / 'small.py').write_text('a = 1\n')
    load_segmentor(folder / 'small.py', folder / 'a.pth')


@ROWS.refused(
    *('part of a test missing', '`test.py`', ValueError),
    'no test_cfg, test_evaluator, which the test loop needs',
    'the keys and what needs them',
)
def no_test_loop(folder):
    (folder / 'a.pth').touch()
    config = run_config(folder)
    config.test_cfg = config.test_evaluator = None
    launch.run_testing(config, str(folder / 'a.pth'))


@ROWS.refused(
    *('name in place of a part of the config', 'all tools', ValueError),
    r"small\.py: test_dataloader must be of type dict, got 'camvid'",
    'the file, the key and the value',
)
def name_for_a_part(folder):
    read(folder, "test_dataloader = 'camvid'\n")


@ROWS.parametrize()
def test_bad_config(row, tmp_path):
    row.run(tmp_path)


@pytest.mark.parametrize('key', ['lr_config', 'train_pipeline', 'evaluation'])
def test_other_names_are_no_mistakes(key):
    check_config_keys([key])

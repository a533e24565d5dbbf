import argparse

import pytest
from mmengine.config import Config
from mmengine.model import BaseModel, BaseTTAModel
from torch import nn

from refinenet_mmseg import config_path
from refinenet_mmseg.cost import add_benchmark_arguments
from refinenet_mmseg.evaluation.results import model_info
from refinenet_mmseg.evaluation.results.model_info import (
    check_cost_options,
    describe_model,
    measure_cost,
)
from refinenet_mmseg.evaluation.results.result_file import NoResultError

MODEL = dict(
    type='EncoderDecoder',
    data_preprocessor=dict(type='SegDataPreProcessor'),
    backbone=dict(
        type='ResNet',
        depth=18,
        stem_channels=4,
        base_channels=4,
        norm_cfg=dict(type='BN'),
    ),
    decode_head=dict(
        type='FCNHead',
        in_channels=32,
        channels=4,
        num_classes=3,
        norm_cfg=dict(type='BN'),
    ),
    test_cfg=dict(mode='whole'),
)


class Head(nn.Module):
    pass


class FinalHead(Head):
    pass


class Segmentor(BaseModel):
    def forward(self, *args, **kwargs):
        raise AssertionError


def segmentor(head):
    model = Segmentor()
    model.decode_head = head
    model.data_preprocessor.size = (8, 6)
    return model


@pytest.mark.parametrize(
    ('config', 'name'),
    [
        ('refinenet_r18', 'ResNet-18'),
        ('refinenet_r50-v1c', 'ResNetV1c-50'),
        ('refinenet_convnext-tiny', 'ConvNeXt-tiny'),
        ('refinenet_mobilenet-v2', 'MobileNetV2'),
        ('refinenet_x50-32x4d', 'ResNeXt-50'),
    ],
)
def test_a_backbone_has_its_depth_or_variant(config, name):
    config = Config.fromfile(config_path(f'_base_/models/{config}.py'))
    described = describe_model(segmentor(Head()), config.model)
    assert described == dict(
        head='Head',
        backbone=name,
        input_size=[8, 6],
        test_time_augmentation=False,
    )


def test_unwraps_the_model():
    model = segmentor(nn.ModuleList([Head(), FinalHead()]))
    model.data_preprocessor.size = None

    class Averaged(BaseTTAModel):
        def merge_preds(self, data_samples_list):
            raise AssertionError

    inner = dict(type='ResNet', depth=101)
    config = dict(module=dict(backbone=dict(type='Scales', backbone=inner)))
    assert describe_model(Averaged(model), config) == dict(
        head='FinalHead',
        backbone='Scales(ResNet-101)',
        input_size=None,
        test_time_augmentation=True,
    )


def test_a_model_without_a_decode_head_has_no_result():
    with pytest.raises(NoResultError, match='its model, Segmentor, has no'):
        describe_model(Segmentor(), {})


def test_measures_the_model_within_test_time_augmentation():
    config = Config(dict(model=dict(type='SegTTAModel', module=MODEL)))
    row = measure_cost(config, 'a.py', dict(shape=[32, 64], rounds=10))
    assert (row['config'], row['shape']) == ('a.py', [32, 64])
    assert row['multiply_adds']['decode_head'] > 0
    assert row['latency_ms']['median'] > row['floor_ms'] > 0
    # of a process that has imported the package, and run nothing else
    assert 100 < row['peak_memory_mb'] < 3000


def test_refuses_unknown_options():
    check_cost_options(dict(shape=(1, 1), rounds=2, dtype='bf16'))
    with pytest.raises(ValueError, match=r"no option 'size'; there are shape"):
        check_cost_options(dict(size=3))


def test_options_are_those_of_the_benchmark():
    """The command gets every option with its value, in its own process."""
    parser = argparse.ArgumentParser()
    add_benchmark_arguments(parser)
    options = dict(
        shape=[32, 64],
        batch_size=2,
        device='cuda',
        dtype='bf16',
        mode='train',
        compiled=True,
        channels_last=False,
        rounds=3,
    )
    assert list(options) == list(model_info.COST_OPTIONS)
    parsed = vars(
        parser.parse_args(['a.py', *model_info._format_options(options)])
    )
    parsed['compiled'] = parsed.pop('compile')
    assert options.items() <= parsed.items()
    inverted = model_info._format_options(
        dict(compiled=False, channels_last=True)
    )
    parsed = parser.parse_args(['a.py', *inverted])
    assert not parsed.compile
    assert parsed.channels_last


@pytest.fixture
def errors(monkeypatch):
    logged = []
    monkeypatch.setattr(
        model_info, 'print_log', lambda text, **kwargs: logged.append(text)
    )
    return logged


def test_the_log_has_the_error_of_the_benchmark(errors):
    config = Config(dict(model=MODEL))
    assert measure_cost(config, 'a.py', dict(rounds=0)) is None
    (line,) = errors
    assert 'The cost of a.py could not be measured' in line
    assert '--rounds must be at least 1' in line


def test_the_log_has_the_traceback_of_an_unexpected_error(errors, monkeypatch):
    def fail(*args):
        raise RuntimeError('out of memory')

    monkeypatch.setattr(model_info, '_run_benchmark', fail)
    assert measure_cost(Config(), 'a.py', {}) is None
    (text,) = errors
    assert 'Traceback' in text
    assert 'RuntimeError: out of memory' in text

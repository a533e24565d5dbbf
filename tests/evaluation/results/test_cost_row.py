import pytest
from mmengine.config import Config

from refinenet_mmseg.evaluation.results import cost_row, result

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


def test_a_model_averaged_over_augmentations_is_measured_once():
    config = Config(dict(model=dict(type='SegTTAModel', module=MODEL)))
    row = cost_row.measure_cost(config, 'a.py', dict(shape=[32, 64], rounds=2))
    assert (row['config'], row['shape']) == ('a.py', [32, 64])
    assert row['multiply_adds']['decode_head'] > 0
    assert row['latency_ms']['median'] > row['floor_ms'] > 0
    # of a process that has imported the package, and run nothing else
    assert 100 < row['peak_memory_mb'] < 3000


def test_refuses_options_that_are_none():
    cost_row.check_cost_options(dict(shape=(1, 1), rounds=2, dtype='bf16'))
    with pytest.raises(ValueError, match=r"no option 'size'; there are shape"):
        cost_row.check_cost_options(dict(size=3))


def test_a_failure_costs_the_row_alone(monkeypatch):
    told = []
    monkeypatch.setattr(
        result, 'print_log', lambda text, **kwargs: told.append(text)
    )

    def fail(*args):
        raise RuntimeError('out of memory')

    monkeypatch.setattr(result, 'measure_cost', fail)
    assert result._measure(Config(), 'a.py', {}) is None
    (line,) = told
    assert 'a.py' in line
    assert 'out of memory' in line

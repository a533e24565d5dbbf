import pytest
import torch
from mmengine.model import BaseModule
from mmengine.registry import DefaultScope
from mmseg.registry import MODELS
from torch import nn

from refinenet_mmseg.models import (
    ChainedResidualPooling,
    MultiResolutionFusion,
    RefineNetBlock,
    ResidualConvUnit,
)


def test_runs_adapt_fuse_pool_output_in_this_order():
    block = RefineNetBlock([8, 4], 6)
    paths = [torch.randn(1, 8, 5, 5), torch.randn(1, 4, 9, 9)]
    previous = torch.randn(1, 6, 3, 3)
    fused = block.fuse(
        [
            block.adapt[0](paths[0]),
            block.adapt[1](paths[1]),
            previous,
        ]
    )
    expected = block.output(block.pool(fused))
    torch.testing.assert_close(block(paths, previous), expected)
    assert expected.shape == (1, 4, 9, 9)


def test_default_parts_are_the_papers():
    block = RefineNetBlock([8], 4)
    assert block.channels == 4
    assert [len(units) for units in block.adapt] == [2]
    assert isinstance(block.adapt[0][0], ResidualConvUnit)
    assert isinstance(block.fuse, MultiResolutionFusion)
    assert isinstance(block.pool, ChainedResidualPooling)
    assert len(block.pool.stages) == 4
    assert len(block.output) == 3


def test_a_single_input_is_not_fused():
    assert RefineNetBlock([8]).fuse is None


def test_units_and_pooling_may_be_left_out():
    block = RefineNetBlock([4], unit=None, pooling=None)
    assert not list(block.parameters())
    x = torch.randn(1, 4, 3, 3)
    assert torch.equal(block([x]), x)


def test_a_parts_dict_overrides_the_blocks_arguments():
    block = RefineNetBlock(
        [4],
        4,
        pooling=dict(num_stages=2, act_cfg=dict(type='ReLU6')),
        fusion=dict(align_corners=True),
        kernel_size=1,
    )
    assert len(block.pool.stages) == 2
    assert isinstance(block.pool.act, nn.ReLU6)
    assert block.pool.stages[0].conv.kernel_size == (1, 1)
    assert block.fuse.align_corners


@pytest.mark.parametrize(
    'kind', [ChainedResidualPooling, 'mmseg.ChainedResidualPooling']
)
def test_a_default_part_may_be_named_by_class_or_scope(kind):
    block = RefineNetBlock([4], pooling=dict(type=kind), kernel_size=1)
    assert block.pool.stages[0].conv.kernel_size == (1, 1)


def test_parts_are_built_without_mmsegs_scope():
    DefaultScope.get_instance('another', scope_name='mmengine')
    block = RefineNetBlock([4], 4)
    assert isinstance(block.pool, ChainedResidualPooling)


@pytest.fixture
def recorded():
    """Register a part that records its arguments."""

    @MODELS.register_module(name='RecordedForTest')
    class Recorded(BaseModule):
        def __init__(self, **arguments):
            super().__init__()
            self.arguments = arguments

    yield 'RecordedForTest'
    MODELS.module_dict.pop('RecordedForTest')


def test_a_custom_unit_and_fusion(recorded):
    block = RefineNetBlock(
        [8, 4],
        4,
        unit=dict(type=recorded),
        fusion=dict(type=recorded, extra=1),
        align_corners=True,
    )
    layers = dict(conv_cfg=None, norm_cfg=None)
    assert block.adapt[0][0].arguments == dict(
        channels=8, act_cfg=dict(type='ReLU'), **layers
    )
    assert block.fuse.arguments == dict(
        in_channels=[8, 4, 4],
        channels=4,
        align_corners=True,
        extra=1,
        **layers,
    )


@pytest.fixture
def scaling():
    """Register a custom pooling for one test."""

    @MODELS.register_module(name='ScalingForTest')
    class Scaling(BaseModule):
        def __init__(self, channels, conv_cfg, norm_cfg, act_cfg, factor):
            super().__init__()
            self.built_with = (channels, conv_cfg, norm_cfg, act_cfg)
            self.factor = factor

        def forward(self, x):
            return self.factor * x

    yield 'ScalingForTest'
    MODELS.module_dict.pop('ScalingForTest')


def test_a_custom_pooling_by_config(scaling):
    head = MODELS.build(
        dict(
            type='LightWeightRefineNetHead',
            in_channels=[4],
            channels=8,
            num_classes=3,
            pooling=dict(type=scaling, factor=3.0),
        )
    )
    pool = head.blocks[0].pool
    assert pool.built_with == (8, None, None, dict(type='ReLU'))
    x = torch.randn(1, 4, 5, 5)
    expected = head.conv_seg(3.0 * head.reductions[0](x))
    torch.testing.assert_close(head([x]), expected)

import pytest
import torch
import torch.nn.functional as F
from mmseg.registry import MODELS

from refinenet_mmseg.models import ChainedResidualPooling


def pool(x):
    return F.max_pool2d(x, 5, stride=1, padding=2)


@pytest.mark.parametrize('num_stages', [1, 2, 4])
@pytest.mark.parametrize('order', [('pool', 'conv'), ('conv', 'pool')])
def test_adds_every_stage_of_the_chain(order, num_stages):
    pooling = ChainedResidualPooling(3, num_stages=num_stages, order=order)
    x = torch.randn(2, 3, 9, 6)
    expected = path = F.relu(x)
    for stage in pooling.stages:
        if order[0] == 'pool':
            path = F.conv2d(pool(path), stage.conv.weight, padding=1)
        else:
            path = pool(F.conv2d(path, stage.conv.weight, padding=1))
        expected = expected + path
    before = x.clone()
    torch.testing.assert_close(pooling(x), expected)
    assert torch.equal(x, before)


@pytest.mark.parametrize('order', [('pool', 'conv'), ('conv', 'pool')])
def test_depthwise_1x1_convolutions_scale_each_channel(order):
    pooling = ChainedResidualPooling(
        3, num_stages=2, order=order, kernel_size=1, depthwise=True
    )
    x = torch.randn(2, 3, 9, 6)
    expected = path = F.relu(x)
    for stage in pooling.stages:
        scales = stage.conv.weight
        assert scales.shape == (3, 1, 1, 1)
        path = (
            pool(path) * scales[:, 0]
            if order[0] == 'pool'
            else pool(path * scales[:, 0])
        )
        expected = expected + path
    torch.testing.assert_close(pooling(x), expected)


def test_depthwise_convolutions_pass_a_gradient():
    pooling = ChainedResidualPooling(3, depthwise=True).double()
    # Distinct values: a maximum that is reached twice has no gradient.
    x = torch.randperm(2 * 3 * 4 * 3).reshape(2, 3, 4, 3).double() + 1
    assert torch.autograd.gradcheck(pooling, x.requires_grad_())
    pooling(x).sum().backward()
    assert all(p.grad.abs().sum() > 0 for p in pooling.parameters())


@pytest.mark.parametrize('depthwise', [False, True])
@pytest.mark.parametrize(
    'conv_type', ['Conv2d', 'ConvWS', 'Conv2dAdaptivePadding']
)
def test_convolutions_of_another_type_may_be_depthwise(conv_type, depthwise):
    conv_cfg = dict(type=conv_type)
    pooling = ChainedResidualPooling(
        4, conv_cfg=conv_cfg, norm_cfg=dict(type='BN'), depthwise=depthwise
    )
    conv, _ = pooling.stages[0].conv
    assert type(conv) is MODELS.get(conv_type)
    assert conv.weight.shape == (4, 1 if depthwise else 4, 3, 3)
    assert pooling(torch.randn(2, 4, 6, 5)).shape == (2, 4, 6, 5)
    assert conv_cfg == dict(type=conv_type)


@pytest.mark.parametrize('size', [(1, 1), (2, 7), (5, 5)])
def test_keeps_any_size(size):
    x = torch.randn(1, 3, *size)
    assert ChainedResidualPooling(3)(x).shape == x.shape


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (dict(num_stages=0), 'num_stages must be at least 1, got 0'),
        (dict(order=('pool', 'pool')), 'order must be one of'),
        (dict(pool_size=4), 'pool_size must be odd.*got 4'),
    ],
)
def test_refuses_what_it_cannot_build(arguments, message):
    with pytest.raises(ValueError, match=message):
        ChainedResidualPooling(3, **arguments)

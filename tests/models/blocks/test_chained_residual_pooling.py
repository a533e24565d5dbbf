import pytest
import torch
import torch.nn.functional as F

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

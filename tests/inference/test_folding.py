"""Every family of backbones, and networks that are hard to fold."""

import mmseg.models.backbones
import pytest
import torch
from mmcv.cnn import ConvAWS2d, ConvWS2d
from mmcv.cnn.bricks.conv2d_adaptive_padding import Conv2dAdaptivePadding
from support.backbones import (
    BACKBONES,
    MMSEG_BACKBONES,
    UNFOLDABLE,
    build_on_backbone,
    randomize_batch_norms,
)
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from refinenet_mmseg.inference import optimize
from refinenet_mmseg.inference.folding import (
    fold_batch_norms,
    split_batch_norms,
)


def batch_norms(model):
    return [m for m in model.modules() if isinstance(m, _BatchNorm)]


def test_every_family_of_mmseg_is_here():
    here = {config['type'] for config in MMSEG_BACKBONES.values()}
    # VPD is built on Stable Diffusion, which is a package and 4 GB of
    # weights; timm's networks have a list of their own.
    apart = {'VPD', 'TIMMBackbone'}
    assert here | apart == set(mmseg.models.backbones.__all__)


@pytest.mark.parametrize('name', BACKBONES)
def test_every_family_of_backbones(name):
    model = build_on_backbone(BACKBONES[name])
    assert batch_norms(model)
    fast = optimize(model, compile=False)
    size = BACKBONES[name].get('img_size', 224)
    images = torch.randn(1, 3, size, size)
    with torch.no_grad():
        expected = model._forward(images)
    error = (fast(images) - expected).abs().max() / expected.abs().max()
    assert error < 1e-4
    assert len(batch_norms(fast)) == UNFOLDABLE.get(name, 0)


class Network(nn.Module):
    """A segmentor as folding sees it: modules, and how they are called."""

    def __init__(self, forward, **modules):
        super().__init__()
        for name, module in modules.items():
            self.add_module(name, module)
        self._forward = lambda x: forward(self, x)
        randomize_batch_norms(self.eval())


def conv(*arguments):
    return nn.Conv2d(*(arguments or (3, 3, 3)))


def norm():
    return nn.BatchNorm2d(3)


def fold(network):
    """Fold and check the result; return the number of batch norms left."""
    images = torch.randn(2, 3, 16, 16)
    with torch.no_grad():
        expected = network._forward(images)
        folded = fold_batch_norms(network, images)
        torch.testing.assert_close(folded._forward(images), expected)
    return len(batch_norms(folded))


def test_order_is_that_of_the_calls():
    network = Network(lambda self, x: self.b(self.a(x)), b=norm(), a=conv())
    assert fold(network) == 0


@pytest.mark.parametrize('inplace', [True, False])
def test_an_activation_between_them(inplace):
    activation = nn.ReLU(inplace)
    network = Network(
        lambda self, x: self.b(activation(self.a(x))), a=conv(), b=norm()
    )
    assert fold(network) == 1


def test_a_convolution_before_two_batch_norms():
    def forward(self, x):
        x = self.a(x)
        return self.b(x) - self.c(x)

    assert fold(Network(forward, a=conv(), b=norm(), c=norm())) == 2


def test_a_batch_norm_after_two_convolutions():
    network = Network(
        lambda self, x: self.c(self.a(x)) - self.c(self.b(x)),
        a=conv(),
        b=conv(),
        c=norm(),
    )
    assert fold(network) == 1


def test_a_convolution_that_is_also_used_alone():
    network = Network(
        lambda self, x: self.b(self.a(x)) - self.a(x), a=conv(), b=norm()
    )
    assert fold(network) == 1


def test_a_pair_that_is_called_twice():
    network = Network(
        lambda self, x: self.b(self.a(x)) - self.b(self.a(2 * x)),
        a=conv(),
        b=norm(),
    )
    assert fold(network) == 0


def test_modules_with_two_names():
    shared = norm()
    network = Network(
        lambda self, x: self.c(self.a(x)), a=conv(), b=shared, c=shared
    )
    assert fold(network) == 0


def test_convolutions_with_shared_weights():
    first, second = conv(), conv()
    second.weight = first.weight
    network = Network(
        lambda self, x: self.b(self.a(x)) - self.c(x),
        a=first,
        b=norm(),
        c=second,
    )
    assert fold(network) == 0


@pytest.mark.parametrize(
    ('arguments', 'left'),
    [(dict(track_running_stats=False), 1), (dict(affine=False), 0)],
)
def test_batch_norms_without_statistics_or_weights(arguments, left):
    network = Network(lambda self, x: self.b(self.a(x)), a=conv(), b=norm())
    network.b = nn.BatchNorm2d(3, **arguments).eval()
    assert fold(network) == left


@pytest.mark.parametrize(
    ('kind', 'left'),
    [(Conv2dAdaptivePadding, 0), (ConvWS2d, 1), (ConvAWS2d, 1)],
)
def test_convolutions_with_a_forward_method_of_their_own(kind, left):
    network = Network(
        lambda self, x: self.b(self.a(x)), a=kind(3, 3, 3), b=norm()
    )
    assert fold(network) == left


def test_normalized_weights():
    network = Network(
        lambda self, x: self.b(self.a(x)),
        a=nn.utils.parametrizations.weight_norm(conv()),
        b=norm(),
    )
    assert fold(network) == 1


def test_observed_modules():
    seen = []
    network = Network(lambda self, x: self.b(self.a(x)), a=conv(), b=norm())
    network.b.register_forward_hook(lambda *call: seen.append(call))
    assert fold(network) == 1
    assert seen


class ActivatedBatchNorm(nn.BatchNorm2d):
    def forward(self, x):
        return super().forward(x).relu()


class RenamedBatchNorm(nn.BatchNorm2d):
    pass


@pytest.mark.parametrize(
    ('kind', 'left'), [(ActivatedBatchNorm, 1), (RenamedBatchNorm, 0)]
)
def test_batch_norms_that_do_more(kind, left):
    network = Network(lambda self, x: self.b(self.a(x)), a=conv(), b=kind(3))
    assert fold(network) == left


@pytest.mark.parametrize('activation', [nn.ReLU6, nn.PReLU])
@pytest.mark.parametrize('synchronized', [True, False])
def test_batch_norms_of_timm(activation, synchronized):
    norm_act = pytest.importorskip('timm.layers.norm_act')
    network = Network(
        lambda self, x: self.d(self.c(self.b(self.a(x)).transpose(2, 3))),
        a=conv(),
        b=norm_act.BatchNormAct2d(3, act_layer=activation),
        c=norm_act.BatchNormAct2d(3, act_layer=activation),
        d=conv(),
    )
    if synchronized:
        norm_act.convert_sync_batchnorm(network)
    assert fold(network) == 1  # that after the transposition
    kinds = [type(module) for module in network.modules()]
    assert kinds.count(activation) == 2


def test_a_split_batch_norm_is_the_same_in_training():
    norm_act = pytest.importorskip('timm.layers.norm_act')
    whole = norm_act.BatchNormAct2d(3).train()
    images = torch.randn(2, 3, 8, 8)
    expected = whole(images)
    whole.running_mean.zero_()
    split = split_batch_norms(nn.Sequential(whole))
    torch.testing.assert_close(split(images), expected)

import pytest
import torch
import torch.nn.functional as F
from mmcv.cnn import fuse_conv_bn
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from refinenet_mmseg.models.blocks.layers import DepthwiseConv2d, build_conv


def build_depthwise(kernel_size=1, bias=True):
    return DepthwiseConv2d(
        6, 6, kernel_size, padding=kernel_size // 2, groups=6, bias=bias
    )


@pytest.mark.parametrize('dtype', [torch.float32, torch.bfloat16])
@pytest.mark.parametrize('kernel_size', [1, 3])
@pytest.mark.parametrize('bias', [False, True])
@pytest.mark.parametrize('size', [(5, 7), (1, 1)])
@pytest.mark.parametrize('channels_last', [False, True])
def test_a_depthwise_convolution_is_torchs(
    size, bias, kernel_size, dtype, channels_last
):
    conv = build_depthwise(kernel_size, bias).to(dtype)
    x = torch.randn(2, 6, *size, dtype=dtype)
    if channels_last:
        x = x.contiguous(memory_format=torch.channels_last)
    computed = []
    for convolve in (conv, super(DepthwiseConv2d, conv).forward):
        leaf = x.clone().requires_grad_()
        y = convolve(leaf)
        assert y.is_contiguous(memory_format=torch.channels_last) >= (
            channels_last
        )
        leaves = [leaf, *conv.parameters()]
        gradients = torch.autograd.grad(y.square().sum(), leaves)
        computed.append([y, *gradients])
    for given, expected in zip(*computed, strict=True):
        assert given.dtype == dtype
        torch.testing.assert_close(given, expected)


def test_torchs_slow_kernel_is_not_called():
    conv = build_depthwise()
    x = torch.randn(2, 6, 5, 7).contiguous(memory_format=torch.channels_last)
    with FlopCounterMode(display=False) as counter:
        conv(x)
    assert counter.get_total_flops() == 0  # those of convolutions
    with FlopCounterMode(display=False) as counter:
        conv(x.contiguous())
    assert counter.get_total_flops() == 2 * x.numel()


def test_a_norm_is_folded_into_a_depthwise_convolution():
    cfg = dict(type=DepthwiseConv2d, groups=6)
    norm_cfg = dict(type='BN')
    layers = build_conv(6, 6, 1, conv_cfg=cfg, norm_cfg=norm_cfg).eval()
    nn.init.uniform_(layers[1].running_mean)
    nn.init.uniform_(layers[1].running_var, 0.5, 2)
    x = torch.randn(2, 6, 5, 7).contiguous(memory_format=torch.channels_last)
    expected = layers(x)
    folded = fuse_conv_bn(layers)
    assert isinstance(folded[0], DepthwiseConv2d)
    torch.testing.assert_close(folded(x), expected)


def test_exporters_see_a_convolution():
    conv = build_depthwise()
    x = torch.randn(2, 6, 5, 7).contiguous(memory_format=torch.channels_last)
    program = torch.export.export(conv, (x,))
    assert [
        node.target.__name__
        for node in program.graph.nodes
        if node.op == 'call_function'
    ] == ['conv2d.default']
    torch.testing.assert_close(
        program.module()(x),
        F.conv2d(x, conv.weight, conv.bias, groups=6),
    )

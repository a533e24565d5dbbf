"""The layers of all parts of RefineNet: convolutions and activation."""

import torch
from mmcv.cnn import (
    build_activation_layer,
    build_conv_layer,
    build_norm_layer,
)
from torch import Tensor, nn

try:
    from torch.compiler import is_compiling
except ImportError:  # torch before 2.3
    from torch._dynamo import is_compiling

ConfigDict = dict


def build_conv(
    in_channels: int,
    out_channels: int,
    kernel_size: int,
    *,
    bias: bool = False,
    conv_cfg: ConfigDict | None = None,
    norm_cfg: ConfigDict | None = None,
) -> nn.Module:
    """Build a convolution with same padding, and optionally a norm.

    mmcv's ``ConvModule`` is not used because it initializes its weights by
    Kaiming's rule as soon as it is built; RefineNet leaves that to
    ``init_cfg``.

    Args:
        in_channels: Channels of the input.
        out_channels: Channels of the output.
        kernel_size: Odd edge length of the kernel, in pixels.
        bias: Whether the convolution has a bias if no norm follows it.
            Default: False.
        conv_cfg: Config of the convolution; None means ``Conv2d``.
            Default: None.
        norm_cfg: Config of the norm; None means no norm. Default: None.

    Returns:
        A module that maps (N, in_channels, H, W) to (N, out_channels, H, W).

    Raises:
        ValueError: If ``kernel_size`` is even: the size would change.
    """
    if kernel_size % 2 == 0:
        raise ValueError(
            f'kernel_size must be odd to keep the size, got {kernel_size}'
        )
    conv = build_conv_layer(
        conv_cfg,
        in_channels,
        out_channels,
        kernel_size,
        padding=kernel_size // 2,
        bias=bias and norm_cfg is None,
    )
    if norm_cfg is None:
        return conv
    _, norm = build_norm_layer(norm_cfg, out_channels)
    return nn.Sequential(conv, norm)


def build_activation(act_cfg: ConfigDict) -> nn.Module:
    """Build an activation that never works in place.

    Its input is also the skip connection around a part, or a feature map
    that an auxiliary head reads: ``inplace=True`` would change both.

    Args:
        act_cfg: Config of the activation.
    """
    act_cfg = dict(act_cfg)
    if act_cfg.get('inplace'):
        act_cfg['inplace'] = False
    return build_activation_layer(act_cfg)


class DepthwiseConv2d(nn.Conv2d):
    """Depthwise convolution that is fast with channels last on a CPU.

    A 1x1 kernel scales its channel. Torch's convolution of fp32 features with
    channels last does so channel by channel, in several times the time of a
    dense convolution; a product is faster than either. Compilers and
    exporters see a convolution.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Convolve each channel of a feature map.

        Args:
            x: Feature map of shape (N, channels, H, W).

        Returns:
            A map of shape (N, channels, H, W).
        """
        if (
            self.kernel_size != (1, 1)
            or is_traced()
            or x.device.type != 'cpu'
            or x.dtype != torch.float32
            or x.is_contiguous()
            or not x.is_contiguous(memory_format=torch.channels_last)
        ):
            return super().forward(x)
        x = x * self.weight.reshape(1, -1, 1, 1)
        return x if self.bias is None else x + self.bias.reshape(1, -1, 1, 1)


def is_traced() -> bool:
    """Return whether a compiler or an exporter traces the network."""
    return torch.jit.is_tracing() or is_compiling()

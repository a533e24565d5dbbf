from collections.abc import Sequence

import torch.nn.functional as F
from mmengine.model import BaseModule
from mmseg.registry import MODELS
from torch import Tensor, nn

from .layers import ConfigDict, build_conv


@MODELS.register_module()
class MultiResolutionFusion(BaseModule):
    """Multi-resolution fusion: the sum of feature maps of several sizes.

    Section 3.2 of the RefineNet paper. Each map passes a convolution to the
    output channels and is upsampled bilinearly to the largest size; the sum
    of all is the output.

    Args:
        in_channels: Channels of each map.
        channels: Output channels.
        align_corners: Whether the upsampling aligns the centers of the
            corner pixels. Default: False.
        conv_cfg: Config of the convolutions; None means ``Conv2d``.
            Default: None.
        norm_cfg: Config of a norm after each convolution; None, the paper's
            choice, means no norm. Default: None.
        kernel_size: Odd edge length of the kernels, in pixels. Default: 3.
        num_plain: Number of maps, the first ones, that are added without a
            convolution, as in light-weight RefineNet on MobileNet-v2.
            Default: 0.
        init_cfg: Config of the initialization; None leaves it to the parent
            module. Default: None.

    Raises:
        ValueError: If ``num_plain`` exceeds the number of maps, or a map
            without a convolution has other channels than the output.
    """

    def __init__(
        self,
        in_channels: Sequence[int],
        channels: int,
        align_corners: bool = False,
        conv_cfg: ConfigDict | None = None,
        norm_cfg: ConfigDict | None = None,
        kernel_size: int = 3,
        num_plain: int = 0,
        init_cfg: ConfigDict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        plain = list(in_channels[:num_plain])
        if len(plain) != num_plain or any(c != channels for c in plain):
            raise ValueError(
                f'the first num_plain={num_plain} of the maps must have the '
                f'width of their sum, {channels}, since no convolution '
                f'changes it; got in_channels={list(in_channels)}'
            )
        self.align_corners = align_corners
        self.convs = nn.ModuleList(nn.Identity() for _ in plain)
        for map_channels in in_channels[num_plain:]:
            self.convs.append(
                build_conv(
                    map_channels,
                    channels,
                    kernel_size,
                    conv_cfg=conv_cfg,
                    norm_cfg=norm_cfg,
                )
            )

    def forward(self, maps: Sequence[Tensor]) -> Tensor:
        """Fuse feature maps.

        Args:
            maps: Feature maps of shapes (N, in_channels[i], H_i, W_i).

        Returns:
            A map of shape (N, channels, max H_i, max W_i).
        """
        size = (max(x.shape[2] for x in maps), max(x.shape[3] for x in maps))
        upsampled = [
            # (N, in_channels[i], H_i, W_i) to (N, channels, H_i, W_i) to
            # (N, channels, *size)
            self._upsample(conv(x), size)
            for conv, x in zip(self.convs, maps, strict=True)
        ]
        fused = upsampled[0]
        for x in upsampled[1:]:
            fused = fused + x
        return fused

    def _upsample(self, x: Tensor, size: tuple[int, int]) -> Tensor:
        if x.shape[2:] == size:
            return x
        return F.interpolate(
            x, size, mode='bilinear', align_corners=self.align_corners
        )

from mmengine.model import BaseModule
from mmseg.registry import MODELS
from torch import Tensor

from .layers import ConfigDict, build_activation, build_conv


@MODELS.register_module()
class ResidualConvUnit(BaseModule):
    """Residual conv unit (RCU): ``x + conv(act(conv(act(x))))``.

    Section 3.2 of the RefineNet paper: ResNet's basic block without batch
    norm. The first convolution has a bias, the second has none, as in the
    released code.

    Args:
        channels: Channels of input and output.
        conv_cfg: Config of the convolutions; None means ``Conv2d``.
            Default: None.
        norm_cfg: Config of a norm after each convolution; None, the paper's
            choice, means no norm. Default: None.
        act_cfg: Config of the activation. Default: ReLU.
        kernel_size: Odd edge length of the kernels, in pixels. Default: 3.
        init_cfg: Config of the initialization; None leaves it to the parent
            module. Default: None.
    """

    def __init__(
        self,
        channels: int,
        conv_cfg: ConfigDict | None = None,
        norm_cfg: ConfigDict | None = None,
        act_cfg: ConfigDict = dict(type='ReLU'),
        kernel_size: int = 3,
        init_cfg: ConfigDict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        self.act1 = build_activation(act_cfg)
        self.conv1 = build_conv(
            channels,
            channels,
            kernel_size,
            bias=True,
            conv_cfg=conv_cfg,
            norm_cfg=norm_cfg,
        )
        self.act2 = build_activation(act_cfg)
        self.conv2 = build_conv(
            channels,
            channels,
            kernel_size,
            conv_cfg=conv_cfg,
            norm_cfg=norm_cfg,
        )

    def forward(self, x: Tensor) -> Tensor:
        """Refine a feature map.

        Args:
            x: Feature map of shape (N, channels, H, W).

        Returns:
            A map of shape (N, channels, H, W).
        """
        residual = self.conv1(self.act1(x))
        residual = self.conv2(self.act2(residual))
        return x + residual

from collections.abc import Sequence

from mmengine.model import BaseModule
from mmseg.registry import MODELS
from torch import Tensor, nn

from .layers import (
    ConfigDict,
    DepthwiseConv2d,
    build_activation,
    build_conv,
)
from .lean_max_pooling import LeanMaxPool2d

ORDERS = (('pool', 'conv'), ('conv', 'pool'))


@MODELS.register_module()
class ChainedResidualPooling(BaseModule):
    """Chained residual pooling (CRP): context from a chain of poolings.

    Section 3.2 of the RefineNet paper. The input passes an activation, then
    a chain of stages of one pooling and one convolution; the output of every
    stage is added to the activated input. The CVPR 2017 paper pools first;
    the TPAMI 2019 paper convolves first ("improved residual pooling").

    Args:
        channels: Channels of input and output.
        conv_cfg: Config of the convolutions; None means ``Conv2d``, or a
            faster one that is depthwise. Default: None.
        norm_cfg: Config of a norm after each convolution; None, the paper's
            choice, means no norm. Default: None.
        act_cfg: Config of the activation. Default: ReLU.
        num_stages: Stages in the chain. The paper's figure shows 2, its
            released models have 4. Default: 4.
        order: Order of a stage's layers, ``('pool', 'conv')`` or
            ``('conv', 'pool')``. Default: ``('pool', 'conv')``.
        kernel_size: Odd edge length of the convolutions, in pixels.
            Default: 3.
        pool_size: Odd edge length of the pooling windows, in pixels.
            Default: 5.
        depthwise: Whether the convolutions are depthwise, one kernel per
            channel, as in the last block of the light-weight authors' later
            head (Nekrasov et al., ICRA 2019). Default: False.
        init_cfg: Config of the initialization; None leaves it to the parent
            module. Default: None.

    Raises:
        ValueError: If ``num_stages`` is below 1, ``order`` is another, or
            ``pool_size`` is even.
    """

    def __init__(
        self,
        channels: int,
        conv_cfg: ConfigDict | None = None,
        norm_cfg: ConfigDict | None = None,
        act_cfg: ConfigDict = dict(type='ReLU'),
        num_stages: int = 4,
        order: Sequence[str] = ('pool', 'conv'),
        kernel_size: int = 3,
        pool_size: int = 5,
        depthwise: bool = False,
        init_cfg: ConfigDict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        if num_stages < 1:
            raise ValueError(
                f'num_stages must be at least 1, got {num_stages}; '
                'pooling=None leaves the pooling out'
            )
        if tuple(order) not in ORDERS:
            raise ValueError(f'order must be one of {ORDERS}, got {order}')
        if pool_size % 2 == 0:
            raise ValueError(
                f'pool_size must be odd to keep the size, got {pool_size}'
            )
        if depthwise:
            conv_cfg = {
                **(conv_cfg or dict(type=DepthwiseConv2d)),
                'groups': channels,
            }
        self.act = build_activation(act_cfg)
        self.stages = nn.ModuleList()
        for _ in range(num_stages):
            layers = dict(
                pool=LeanMaxPool2d(pool_size),
                conv=build_conv(
                    channels,
                    channels,
                    kernel_size,
                    conv_cfg=conv_cfg,
                    norm_cfg=norm_cfg,
                ),
            )
            stage = nn.Sequential()
            for name in order:
                stage.add_module(name, layers[name])
            self.stages.append(stage)

    def forward(self, x: Tensor) -> Tensor:
        """Add context to a feature map.

        Args:
            x: Feature map of shape (N, channels, H, W).

        Returns:
            A map of shape (N, channels, H, W).
        """
        x = self.act(x)
        path = x
        for stage in self.stages:
            path = stage(path)  # (N, channels, H, W)
            x = x + path
        return x

from collections.abc import Sequence

import torch
from mmengine.model import BaseModule
from mmseg.registry import MODELS
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from .layers import ConfigDict


@MODELS.register_module()
class RefineNetBlock(BaseModule):
    """RefineNet block: adapt the paths, fuse them, pool, refine the output.

    Section 3.2 and figure 3 of the RefineNet paper. A block takes one or
    more backbone paths and, but for the first block, the output of the
    previous block. It works at the smallest width among its inputs.

    The parts are built through mmseg's registry. A part's dict may leave out
    ``type`` and the arguments that the block knows, and may override them.

    Args:
        path_channels: Channels of each backbone path.
        previous_channels: Channels of the previous block's output; None for
            a block without one. Default: None.
        unit: Config of the residual conv unit, built with ``(channels,
            conv_cfg, norm_cfg, act_cfg)``; None leaves units out.
        fusion: Config of the fusion, built with ``(in_channels, channels,
            align_corners, conv_cfg, norm_cfg)``.
        pooling: Config of the pooling, built with ``(channels, conv_cfg,
            norm_cfg, act_cfg)``; None leaves it out.
        num_adapt_units: Units on each backbone path. Default: 2.
        num_output_units: Units after the pooling. The paper draws one here
            and two on the way into the next block or the classifier: the
            same network as three. Default: 3.
        kernel_size: Odd edge length of the kernels of the default parts, in
            pixels. Default: 3.
        path_fusion_conv: Whether the fusion has a convolution for each
            backbone path; False leaves it out there and keeps the previous
            block's. Default: True.
        align_corners: Passed to the fusion. Default: False.
        conv_cfg: Config of the convolutions; None means ``Conv2d``.
        norm_cfg: Config of the norms; None means none. Default: None.
        act_cfg: Config of the activations. Default: ReLU.
        with_cp: Whether training keeps a block's inputs alone and computes
            the rest again for backward: less memory, more time. Norms that
            count running moments then count every batch twice.
            Default: False.
        init_cfg: Initialisation; None leaves it to the parent module.
    """

    def __init__(
        self,
        path_channels: Sequence[int],
        previous_channels: int | None = None,
        *,
        unit: ConfigDict | None = dict(type='ResidualConvUnit'),
        fusion: ConfigDict = dict(type='MultiResolutionFusion'),
        pooling: ConfigDict | None = dict(type='ChainedResidualPooling'),
        num_adapt_units: int = 2,
        num_output_units: int = 3,
        kernel_size: int = 3,
        path_fusion_conv: bool = True,
        align_corners: bool = False,
        conv_cfg: ConfigDict | None = None,
        norm_cfg: ConfigDict | None = None,
        act_cfg: ConfigDict = dict(type='ReLU'),
        with_cp: bool = False,
        init_cfg: ConfigDict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        self.with_cp = with_cp
        in_channels = list(path_channels)
        if previous_channels is not None:
            in_channels.append(previous_channels)
        self.channels = min(in_channels)
        layers = dict(conv_cfg=conv_cfg, norm_cfg=norm_cfg)

        def build_units(channels: int, count: int) -> nn.Sequential:
            if unit is None:
                return nn.Sequential()
            default = dict(type='ResidualConvUnit', kernel_size=kernel_size)
            return nn.Sequential(
                *(
                    _build_part(
                        unit,
                        default,
                        channels=channels,
                        act_cfg=act_cfg,
                        **layers,
                    )
                    for _ in range(count)
                )
            )

        self.adapt = nn.ModuleList(
            build_units(channels, num_adapt_units)
            for channels in path_channels
        )
        self.fuse: nn.Module | None = None
        if len(in_channels) > 1:
            default = dict(
                type='MultiResolutionFusion', kernel_size=kernel_size
            )
            if not path_fusion_conv:
                default.update(num_plain=len(path_channels))
            self.fuse = _build_part(
                fusion,
                default,
                in_channels=in_channels,
                channels=self.channels,
                align_corners=align_corners,
                **layers,
            )
        self.pool: nn.Module = nn.Identity()
        if pooling is not None:
            self.pool = _build_part(
                pooling,
                dict(type='ChainedResidualPooling', kernel_size=kernel_size),
                channels=self.channels,
                act_cfg=act_cfg,
                **layers,
            )
        self.output = build_units(self.channels, num_output_units)

    def forward(
        self, paths: Sequence[Tensor], previous: Tensor | None = None
    ) -> Tensor:
        """Refine backbone paths and the previous block's output.

        Args:
            paths: Backbone paths of shapes (N, path_channels[i], H_i, W_i).
            previous: Output of the previous block, of shape
                (N, previous_channels, H, W). Default: None.

        Returns:
            A map of shape (N, channels, H, W), H and W the largest among the
            inputs.
        """
        if self.with_cp and torch.is_grad_enabled():
            # Each input by itself: a list of them would not be saved as such.
            return checkpoint(
                self._refine, previous, *paths, use_reentrant=False
            )
        return self._refine(previous, *paths)

    def _refine(self, previous: Tensor | None, *paths: Tensor) -> Tensor:
        maps = [adapt(x) for adapt, x in zip(self.adapt, paths, strict=True)]
        if previous is not None:
            maps.append(previous)
        x = maps[0] if self.fuse is None else self.fuse(maps)
        x = self.pool(x)
        return self.output(x)


def _build_part(
    config: ConfigDict, default: ConfigDict, **arguments: object
) -> nn.Module:
    """Build a part from a user's config over the block's own.

    Args:
        config: The user's config; its entries win.
        default: The block's own part, whose special arguments hold only as
            long as the user does not choose another type.
        arguments: What every part of this kind is built with.
    """
    kind = config.get('type', default['type'])
    # By class, a part is found whatever library's scope is the default one.
    found = MODELS.get(kind) if isinstance(kind, str) else kind
    if found is MODELS.get(default['type']):
        config = {**default, **config}
    config = {**config, 'type': found or kind}
    return MODELS.build(config, default_args=arguments)

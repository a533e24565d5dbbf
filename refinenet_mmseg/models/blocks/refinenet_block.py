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
    more backbone paths and, except for the first block, the output of the
    previous block. Its output has as many channels as the narrowest input.

    The parts are built through mmseg's registry. A part's config may leave
    out ``type`` and the arguments that the block passes, and may override
    them.

    Args:
        path_channels: Channels of each backbone path.
        previous_channels: Channels of the previous block's output; None for
            a block without one. Default: None.
        unit: Config of the residual conv unit, built with ``(channels,
            conv_cfg, norm_cfg, act_cfg)``; None leaves units out.
            Default: ``ResidualConvUnit``.
        fusion: Config of the fusion, built with ``(in_channels, channels,
            align_corners, conv_cfg, norm_cfg)``.
            Default: ``MultiResolutionFusion``.
        pooling: Config of the pooling, built with ``(channels, conv_cfg,
            norm_cfg, act_cfg)``; None leaves it out.
            Default: ``ChainedResidualPooling``.
        num_adapt_units: Units on each backbone path. Default: 2.
        num_output_units: Units after the pooling. The paper draws one here
            and two at the entrance of the next block or the classifier,
            which is the same network. Default: 3.
        kernel_size: Odd edge length of the kernels of the default parts, in
            pixels. Default: 3.
        path_fusion_conv: Whether the fusion has a convolution for each
            backbone path; False keeps only the one for the previous block.
            Default: True.
        align_corners: Whether the fusion aligns the centers of the corner
            pixels. Default: False.
        conv_cfg: Config of the convolutions; None means ``Conv2d``.
            Default: None.
        norm_cfg: Config of the norms; None means none. Default: None.
        act_cfg: Config of the activations. Default: ReLU.
        with_cp: Whether to checkpoint the block: training saves only its
            inputs and recomputes the rest in the backward pass, in less
            memory and more time. Norms with running statistics then count
            every batch twice. Default: False.
        init_cfg: Config of the initialization; None leaves it to the parent
            module. Default: None.
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
            A map of shape (N, channels, H, W), where H and W are the largest
            of the inputs.
        """
        if self.with_cp and torch.is_grad_enabled():
            # One argument per tensor: checkpoint saves no lists of tensors.
            return checkpoint(
                self._refine, previous, *paths, use_reentrant=False
            )
        return self._refine(previous, *paths)

    def _refine(self, previous: Tensor | None, *paths: Tensor) -> Tensor:
        # (N, path_channels[i], H_i, W_i), as the paths
        maps = [adapt(x) for adapt, x in zip(self.adapt, paths, strict=True)]
        if previous is not None:
            maps.append(previous)
        # (N, channels, H, W) from here on
        x = maps[0] if self.fuse is None else self.fuse(maps)
        x = self.pool(x)
        return self.output(x)


def _build_part(
    config: ConfigDict, default: ConfigDict, **arguments: object
) -> nn.Module:
    """Build a part from a user's config and the block's default.

    Args:
        config: The user's config; its entries win.
        default: Type and arguments of the default part; the arguments are
            dropped if the user chooses another type.
        arguments: Arguments that every part of this kind takes.
    """
    part_type = config.get('type', default['type'])
    # A class is found in any default scope, a name is not.
    part_class = (
        MODELS.get(part_type) if isinstance(part_type, str) else part_type
    )
    if part_class is MODELS.get(default['type']):
        config = {**default, **config}
    config = {**config, 'type': part_class or part_type}
    return MODELS.build(config, default_args=arguments)

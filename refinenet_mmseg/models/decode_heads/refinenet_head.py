"""The decode heads: RefineNet and light-weight RefineNet."""

from collections.abc import Sequence

import torch.nn.functional as F
from mmengine.structures import PixelData
from mmseg.models.decode_heads.decode_head import BaseDecodeHead
from mmseg.registry import MODELS
from mmseg.structures import SegDataSample
from torch import Tensor, nn

from ..blocks import RefineNetBlock
from ..blocks.layers import ConfigDict, build_conv
from .wiring import (
    PartConfig,
    Wiring,
    check_backbone_levels,
    check_wiring,
    compute_block_channels,
    default_wiring,
    resolve_block_parts,
    resolve_input_paths,
    resolve_path_channels,
)

# The released code applies dropout to paths of more channels than this.
MAX_CHANNELS_WITHOUT_DROPOUT = 512


@MODELS.register_module()
class RefineNetHead(BaseDecodeHead):
    """RefineNet: refine coarse features with finer ones, block by block.

    Lin, Milan, Shen, Reid, "RefineNet: Multi-Path Refinement Networks for
    High-Resolution Semantic Segmentation", CVPR 2017. Every input path passes
    a lateral convolution, which reduces its channels, and enters one of the
    RefineNet blocks, which run from the coarsest to the finest.

    Each of ``unit``, ``fusion`` and ``pooling`` is one config for all blocks,
    or a list of one config per block, coarsest first.

    Args:
        in_channels: Channels of each input path, in the backbone's order,
            finest first.
        channels: Output channels of the last block, before the classifier.
            Default: 256.
        in_index: Levels of the backbone that are the input paths; None means
            the first ``len(in_channels)``. Default: None.
        wiring: Input paths of each block, coarsest block first, as indices
            into ``in_channels``; None means one block per path, the last
            path first (4-cascaded for a ResNet). Default: None.
        path_channels: Output channels of each path's lateral convolution;
            None means ``channels``, and twice that for the last path.
            Default: None.
        unit: Config of the residual conv unit, built with ``(channels,
            conv_cfg, norm_cfg, act_cfg)``; None leaves units out.
            Default: ``ResidualConvUnit``.
        fusion: Config of the fusion, built with ``(in_channels, channels,
            align_corners, conv_cfg, norm_cfg)``.
            Default: ``MultiResolutionFusion``.
        pooling: Config of the pooling, built with ``(channels, conv_cfg,
            norm_cfg, act_cfg)``; None leaves it out.
            Default: ``ChainedResidualPooling``.
        num_adapt_units: Units on each input path. Default: 2.
        num_output_units: Units at the end of each block. Default: 3.
        kernel_size: Odd edge length of all kernels but the classifier's and
            those of parts of another type, in pixels. Default: 3.
        path_fusion_conv: Whether the fusion has a convolution for each input
            path. Default: True.
        classifier_kernel_size: Odd edge length of the classifier's kernel, in
            pixels; 1 for heads that read its weight, such as K-Net's.
            Default: 3.
        feature_dropout_ratio: Probability of elementwise dropout on the
            input paths of more than 512 channels. Default: 0.5.
        dropout_ratio: Probability of dropout before the classifier.
            Default: 0.5.
        elementwise_dropout: Whether dropout before the classifier drops
            single elements, as the released code does, or whole channels, as
            mmseg's heads do. Default: True.
        loss_at_logits_size: Whether the loss downsamples the labels to the
            size of the logits, as the released code does, or upsamples the
            logits to the size of the labels, as mmseg's heads do.
            Default: False.
        norm_cfg: Config of a norm after each convolution; None, the paper's
            choice, means no norm. Default: None.
        act_cfg: Config of the activations. Default: ReLU.
        with_cp: Whether to checkpoint each block: training saves only the
            block's inputs and recomputes the rest in the backward pass, in
            less memory and more time. Default: False.
        input_transform: mmseg's way to select levels; only
            ``multiple_select`` works. Default: ``multiple_select``.
        init_cfg: Config of the initialization. Default: N(0, 0.01), as in
            the released code.
        kwargs: Other arguments of mmseg's ``BaseDecodeHead``.

    Raises:
        ValueError: If input paths, wiring and channels contradict each other,
            or a list of configs does not have one entry per block.
    """

    def __init__(
        self,
        in_channels: Sequence[int],
        channels: int = 256,
        *,
        in_index: Sequence[int] | None = None,
        wiring: Wiring | None = None,
        path_channels: Sequence[int] | None = None,
        unit: PartConfig = dict(type='ResidualConvUnit'),
        fusion: PartConfig = dict(type='MultiResolutionFusion'),
        pooling: PartConfig = dict(type='ChainedResidualPooling'),
        num_adapt_units: int = 2,
        num_output_units: int = 3,
        kernel_size: int = 3,
        path_fusion_conv: bool = True,
        classifier_kernel_size: int = 3,
        feature_dropout_ratio: float = 0.5,
        dropout_ratio: float = 0.5,
        elementwise_dropout: bool = True,
        loss_at_logits_size: bool = False,
        norm_cfg: ConfigDict | None = None,
        act_cfg: ConfigDict = dict(type='ReLU'),
        with_cp: bool = False,
        input_transform: str = 'multiple_select',
        init_cfg: ConfigDict | None = dict(
            type='Normal', layer='Conv2d', std=0.01
        ),
        **kwargs: object,
    ) -> None:
        in_channels, in_index = resolve_input_paths(
            in_channels, in_index, input_transform
        )
        super().__init__(
            in_channels,
            channels,
            in_index=in_index,
            input_transform=input_transform,
            dropout_ratio=dropout_ratio,
            norm_cfg=norm_cfg,
            act_cfg=act_cfg,
            init_cfg=init_cfg,
            **kwargs,
        )
        num_paths = len(in_channels)
        self.wiring = default_wiring(num_paths) if wiring is None else wiring
        check_wiring(self.wiring, num_paths)
        path_channels = resolve_path_channels(
            path_channels, in_channels, channels
        )
        block_channels = compute_block_channels(
            self.wiring, path_channels, channels
        )
        block_parts = resolve_block_parts(
            len(self.wiring), unit=unit, fusion=fusion, pooling=pooling
        )

        self.feature_dropouts = nn.ModuleList(
            nn.Dropout(feature_dropout_ratio)
            if path_in_channels > MAX_CHANNELS_WITHOUT_DROPOUT
            else nn.Identity()
            for path_in_channels in in_channels
        )
        # Lateral convolutions; checkpoints know them as "reductions".
        self.reductions = nn.ModuleList(
            build_conv(
                path_in_channels,
                path_out_channels,
                kernel_size,
                conv_cfg=self.conv_cfg,
                norm_cfg=norm_cfg,
            )
            for path_in_channels, path_out_channels in zip(
                in_channels, path_channels, strict=True
            )
        )
        self.blocks = nn.ModuleList(
            RefineNetBlock(
                [path_channels[path] for path in paths],
                previous_channels,
                **parts,
                num_adapt_units=num_adapt_units,
                num_output_units=num_output_units,
                kernel_size=kernel_size,
                path_fusion_conv=path_fusion_conv,
                align_corners=self.align_corners,
                conv_cfg=self.conv_cfg,
                norm_cfg=norm_cfg,
                act_cfg=act_cfg,
                with_cp=with_cp,
            )
            for paths, previous_channels, parts in zip(
                self.wiring,
                [None, *block_channels[:-1]],
                block_parts,
                strict=True,
            )
        )
        self.conv_seg = build_conv(
            channels, self.out_channels, classifier_kernel_size, bias=True
        )
        if elementwise_dropout and dropout_ratio > 0:
            self.dropout = nn.Dropout(dropout_ratio)
        self.loss_at_logits_size = loss_at_logits_size

    def forward(self, inputs: Sequence[Tensor]) -> Tensor:
        """Compute the logits.

        Args:
            inputs: The backbone's levels, of shapes (N, C_i, H_i, W_i).

        Returns:
            Logits of shape (N, out_channels, H, W), where H and W are those
            of the finest input path.
        """
        return self.cls_seg(self._forward_feature(inputs))

    def loss_by_feat(
        self, seg_logits: Tensor, batch_data_samples: list[SegDataSample]
    ) -> dict[str, Tensor]:
        """Compute the losses.

        Args:
            seg_logits: Logits of shape (N, out_channels, H, W).
            batch_data_samples: Samples with label maps of one size, of shape
                (1, H_label, W_label).
        """
        if self.loss_at_logits_size:
            batch_data_samples = downsample_labels(
                batch_data_samples, seg_logits.shape[2:]
            )
        return super().loss_by_feat(seg_logits, batch_data_samples)

    def _forward_feature(self, inputs: Sequence[Tensor]) -> Tensor:
        """Compute the features that the classifier reads.

        Args:
            inputs: The backbone's levels, of shapes (N, C_i, H_i, W_i).

        Returns:
            Features of shape (N, channels, H, W).
        """
        paths = [
            lateral_conv(dropout(x))  # (N, path_channels[i], H_i, W_i)
            for lateral_conv, dropout, x in zip(
                self.reductions,
                self.feature_dropouts,
                self._transform_inputs(inputs),
                strict=True,
            )
        ]
        x = None
        for block, indices in zip(self.blocks, self.wiring, strict=True):
            # (N, block.channels, H, W), as large as the block's finest input
            x = block([paths[index] for index in indices], x)
        return x

    def _transform_inputs(self, inputs: Sequence[Tensor]) -> list[Tensor]:
        """Select the input paths from the backbone's levels.

        Raises:
            ValueError: If ``in_index`` and ``in_channels`` do not describe
                the backbone's levels, or a level is empty.
        """
        check_backbone_levels(inputs, self.in_index, self.in_channels)
        return super()._transform_inputs(inputs)


@MODELS.register_module()
class LightWeightRefineNetHead(RefineNetHead):
    """Light-weight RefineNet: 1x1 convolutions, no residual conv units.

    Nekrasov, Shen, Reid, "Light-Weight RefineNet for Real-Time Semantic
    Segmentation", BMVC 2018. The classifier stays 3x3 and has no dropout.

    Args:
        args: As :class:`RefineNetHead`.
        unit: As :class:`RefineNetHead`. Default: None.
        kernel_size: As :class:`RefineNetHead`. Default: 1.
        dropout_ratio: As :class:`RefineNetHead`. Default: 0.
        init_cfg: Config of the initialization; None leaves torch's own, as
            in the authors' code: N(0, 0.01) would leave this head hardly any
            gradient. Default: None.
        kwargs: As :class:`RefineNetHead`.
    """

    def __init__(
        self,
        *args: object,
        unit: PartConfig = None,
        kernel_size: int = 1,
        dropout_ratio: float = 0.0,
        init_cfg: ConfigDict | None = None,
        **kwargs: object,
    ) -> None:
        super().__init__(
            *args,  # type: ignore[arg-type]
            unit=unit,
            kernel_size=kernel_size,
            dropout_ratio=dropout_ratio,
            init_cfg=init_cfg,
            **kwargs,  # type: ignore[arg-type]
        )


def downsample_labels(
    samples: Sequence[SegDataSample], size: Sequence[int]
) -> list[SegDataSample]:
    """Resize label maps to the size of the logits, by nearest neighbor.

    As in RefineNet's released code. ``nearest-exact`` measures from the
    pixels' centers, as MATLAB's ``imresize`` does.

    Args:
        samples: Training samples with label maps of shape (1, H, W); not
            changed.
        size: Height and width of the logits.

    Returns:
        New samples with nothing but label maps, of shape (1, *size).
    """
    downsampled = []
    for sample in samples:
        labels = sample.gt_sem_seg.data  # (1, H, W)
        resized = F.interpolate(
            # Torch interpolates no integers wider than 8 bits.
            labels[None].float(),  # (1, 1, H, W)
            size=tuple(size),
            mode='nearest-exact',
        )[0]  # (1, *size)
        downsampled.append(
            SegDataSample(gt_sem_seg=PixelData(data=resized.to(labels)))
        )
    return downsampled

from collections.abc import Sequence

from mmseg.models.decode_heads.decode_head import BaseDecodeHead
from mmseg.registry import MODELS
from mmseg.structures import SegDataSample
from torch import Tensor, nn

from ..blocks import RefineNetBlock
from ..blocks.layers import ConfigDict, build_conv
from .input_paths import check_levels, check_paths, check_pixels, path_widths
from .label_shrinking import shrink_labels
from .wiring import Wiring, block_widths, check_wiring, one_block_a_path

# The released code drops features of the paths that are wider than this.
WIDEST_PATH_WITHOUT_DROPOUT = 512


@MODELS.register_module()
class RefineNetHead(BaseDecodeHead):
    """RefineNet: refine coarse features with finer ones, block by block.

    Lin, Milan, Shen, Reid, "RefineNet: Multi-Path Refinement Networks for
    High-Resolution Semantic Segmentation", CVPR 2017. Every input path passes
    a convolution to its width, then enters one of the RefineNet blocks, which
    run from the coarsest to the finest.

    Args:
        in_channels: Channels of each input path, in the backbone's order,
            finest first.
        channels: Width of the last block, before the classifier.
            Default: 256.
        in_index: Which of the backbone's levels are the input paths; None
            means the first ``len(in_channels)``. Default: None.
        wiring: Which input paths enter which block, coarsest block first,
            as indices into ``in_channels``; None means one block a path, the
            last path first (4-cascaded for a ResNet). Default: None.
        path_channels: Width of each path after its first convolution; None
            means ``channels``, and twice that for the last path.
            Default: None.
        unit: Config of the residual conv unit, built with ``(channels,
            conv_cfg, norm_cfg, act_cfg)``; None leaves units out.
        fusion: Config of the fusion, built with ``(in_channels, channels,
            align_corners, conv_cfg, norm_cfg)``.
        pooling: Config of the pooling, built with ``(channels, conv_cfg,
            norm_cfg, act_cfg)``; None leaves it out.
        num_adapt_units: Units on each input path. Default: 2.
        num_output_units: Units at the end of each block. Default: 3.
        kernel_size: Odd edge length of all kernels but the classifier's and
            those of parts of another type, in pixels. Default: 3.
        path_fusion_conv: Whether the fusion has a convolution for each input
            path. Default: True.
        classifier_kernel_size: Odd edge length of the classifier's kernel, in
            pixels; 1 for heads that read its weight, such as K-Net's.
            Default: 3.
        feature_dropout_ratio: Probability with which single elements of the
            input paths of more than 512 channels are dropped. Default: 0.5.
        dropout_ratio: Probability of dropout before the classifier.
            Default: 0.5.
        elementwise_dropout: Whether the latter drops single elements, as the
            released code does, or, as mmseg's heads do, whole channels.
            Default: True.
        loss_at_logits_size: Whether the loss compares the logits with labels
            shrunk to their size, as the released code does, or, as mmseg's
            heads do, enlarged logits with the labels. Default: False.
        norm_cfg: Config of a norm after each convolution; None, the paper's
            choice, means no norm. Default: None.
        act_cfg: Config of the activations. Default: ReLU.
        with_cp: Whether training keeps each block's inputs alone and computes
            the rest again for backward: less memory, more time.
            Default: False.
        input_transform: ``multiple_select``, as for any head of several
            levels.
        init_cfg: Initialisation. Default: N(0, 0.01), the released code's.
        kwargs: The other arguments of mmseg's ``BaseDecodeHead``.

    Raises:
        ValueError: If the wiring, the widths and the input paths do not go
            together.
    """

    def __init__(
        self,
        in_channels: Sequence[int],
        channels: int = 256,
        *,
        in_index: Sequence[int] | None = None,
        wiring: Wiring | None = None,
        path_channels: Sequence[int] | None = None,
        unit: ConfigDict | None = dict(type='ResidualConvUnit'),
        fusion: ConfigDict = dict(type='MultiResolutionFusion'),
        pooling: ConfigDict | None = dict(type='ChainedResidualPooling'),
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
        in_channels, in_index = check_paths(
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
        self.wiring = one_block_a_path(num_paths) if wiring is None else wiring
        check_wiring(self.wiring, num_paths)
        path_channels = path_widths(path_channels, in_channels, channels)
        widths = block_widths(self.wiring, path_channels, channels)

        self.feature_dropouts = nn.ModuleList(
            nn.Dropout(feature_dropout_ratio)
            if width > WIDEST_PATH_WITHOUT_DROPOUT
            else nn.Identity()
            for width in in_channels
        )
        self.reductions = nn.ModuleList(
            build_conv(
                in_width,
                width,
                kernel_size,
                conv_cfg=self.conv_cfg,
                norm_cfg=norm_cfg,
            )
            for in_width, width in zip(in_channels, path_channels, strict=True)
        )
        self.blocks = nn.ModuleList(
            RefineNetBlock(
                [path_channels[path] for path in paths],
                previous_channels,
                unit=unit,
                fusion=fusion,
                pooling=pooling,
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
            for paths, previous_channels in zip(
                self.wiring, [None, *widths[:-1]], strict=True
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
            Logits of shape (N, out_channels, H, W), H and W those of the
            finest input path.
        """
        return self.cls_seg(self._forward_feature(inputs))

    def loss_by_feat(
        self, seg_logits: Tensor, batch_data_samples: list[SegDataSample]
    ) -> dict[str, Tensor]:
        """Compute the losses.

        Args:
            seg_logits: Logits of shape (N, out_channels, H, W).
            batch_data_samples: Samples with label maps of any one size.
        """
        if self.loss_at_logits_size:
            batch_data_samples = shrink_labels(
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
            reduction(dropout(x))
            for reduction, dropout, x in zip(
                self.reductions,
                self.feature_dropouts,
                self._transform_inputs(inputs),
                strict=True,
            )
        ]
        x = None
        for block, indices in zip(self.blocks, self.wiring, strict=True):
            x = block([paths[index] for index in indices], x)
        return x

    def _transform_inputs(self, inputs: Sequence[Tensor]) -> list[Tensor]:
        """Select the input paths among the backbone's levels.

        Raises:
            ValueError: If the backbone's levels are not those of ``in_index``
                and ``in_channels``, or have no pixels.
        """
        check_levels(
            [x.shape[1] for x in inputs], self.in_index, self.in_channels
        )
        check_pixels([x.shape[2:] for x in inputs], self.in_index)
        return super()._transform_inputs(inputs)

from typing import Any

from mmcv.cnn import ConvModule
from mmseg.models.backbones import MobileNetV2
from mmseg.registry import MODELS


@MODELS.register_module()
class FullyExpandedMobileNetV2(MobileNetV2):
    """MobileNet-v2 with an expansion layer in the first inverted residual.

    Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks",
    CVPR 2018, table 2. The first inverted residual has an expansion ratio of
    1, for which mmseg omits the 1x1 convolution. The authors of light-weight
    RefineNet keep it (32 to 32 channels, norm, activation), so their weights
    need it. Levels and channels are those of mmseg's class.

    Args:
        kwargs: Arguments of mmseg's ``MobileNetV2``.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        layers = self.layer1[0].conv
        channels = layers[0].conv.in_channels
        layers.insert(
            0,
            ConvModule(
                channels,
                channels,
                kernel_size=1,
                conv_cfg=self.conv_cfg,
                norm_cfg=self.norm_cfg,
                act_cfg=self.act_cfg,
            ),
        )
        # mmseg's constructor froze the stages before this layer was added.
        self._freeze_stages()

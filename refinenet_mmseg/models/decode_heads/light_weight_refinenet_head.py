from mmseg.registry import MODELS

from ..blocks.layers import ConfigDict
from .refinenet_head import RefineNetHead


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
        init_cfg: Initialisation. Default: None, torch's own, as in the
            authors' code: N(0, 0.01) starves this head of gradient.
        kwargs: As :class:`RefineNetHead`.
    """

    def __init__(
        self,
        *args: object,
        unit: ConfigDict | None = None,
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

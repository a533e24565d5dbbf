import copy
import math
from collections.abc import Sequence
from fractions import Fraction
from numbers import Real

import torch.nn.functional as F
from mmengine.model import BaseModule, ModuleList
from mmseg.registry import MODELS
from torch import Tensor

ConfigDict = dict


@MODELS.register_module()
class MultiScaleBackbone(BaseModule):
    """One backbone for each of several scales of the image.

    Table 9 of the RefineNet paper: the 4-cascaded 2-scale network reads the
    image at 0.6 and 1.2 times its size. The released networks read it at 1.2
    times its size only. The backbones have the same architecture and separate
    weights, which start from the same pretrained ones if the backbone's
    config names some.

    The normalized image is resized bilinearly; a scale of 1 leaves it as it
    is. Sizes are rounded to the nearest pixel, halves up, as in mmcv.

    Args:
        backbone: Config of the backbone, built once for each scale. Its
            levels are the head's input paths: first all levels at the first
            scale, then all at the second, and so on.
        scales: Scales at which the backbones read the image, as multiples of
            its size.
        align_corners: Whether resizing aligns the centers of the corner
            pixels. Default: False, as in the data pipeline.
        init_cfg: Config of the initialization of all backbones; None leaves
            it to the ``init_cfg`` of ``backbone``. Default: None.

    Raises:
        ValueError: If ``scales`` is not a sequence of positive numbers.
    """

    def __init__(
        self,
        backbone: ConfigDict,
        scales: Sequence[float],
        align_corners: bool = False,
        init_cfg: ConfigDict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        _check_scales(scales)
        self.scales = tuple(scales)
        self.align_corners = align_corners
        # Some backbones change their arguments while they are built.
        self.backbones = ModuleList(
            MODELS.build(copy.deepcopy(backbone)) for _ in self.scales
        )

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """Compute the levels of every backbone.

        Args:
            x: Images of shape (N, C, H, W).

        Returns:
            Feature maps of shapes (N, C_i, H_i, W_i): all levels at the
            first scale, then all at the second, and so on.
        """
        paths: list[Tensor] = []
        for scale, backbone in zip(self.scales, self.backbones, strict=True):
            # (N, C, H * scale, W * scale) to maps of (N, C_i, H_i, W_i)
            levels = backbone(self._resize(x, scale))
            # Some backbones of a single level return a tensor, not a tuple.
            paths.extend([levels] if isinstance(levels, Tensor) else levels)
        return tuple(paths)

    def _resize(self, x: Tensor, scale: float) -> Tensor:
        height, width = x.shape[2:]
        size = (scale_length(height, scale), scale_length(width, scale))
        if size == (height, width):
            return x
        return F.interpolate(
            x, size, mode='bilinear', align_corners=self.align_corners
        )


def scale_length(length: int, scale: float) -> int:
    """Compute the edge length of a resized image, at least 1 pixel.

    Args:
        length: Edge length of the image, in pixels.
        scale: Factor.
    """
    # In integers: exporters make a constant of a length that is computed in
    # floating point, and the network would only take images of that size.
    ratio = Fraction(str(scale))
    doubled = 2 * ratio.denominator
    return max(
        1, (2 * ratio.numerator * length + ratio.denominator) // doubled
    )


def _check_scales(scales: Sequence[float]) -> None:
    if not isinstance(scales, Sequence) or isinstance(scales, str):
        raise ValueError(
            'scales must be a sequence of numbers such as (0.6, 1.2), got '
            f'{scales!r}'
        )
    if not scales:
        raise ValueError('scales must name at least one scale, got none')
    invalid = [
        scale
        for scale in scales
        if isinstance(scale, bool)
        or not isinstance(scale, Real)
        or not 0 < scale < math.inf
    ]
    if invalid:
        raise ValueError(
            'scales are multiples of the size of the image, such as 0.6 or '
            f'1.2, got {invalid} in scales={list(scales)}'
        )

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

    Table 9 of the RefineNet paper: the 4-cascaded 2-scale network reads
    the image at 0.6 and 1.2 times its size. The networks that were released
    read it at 1.2 times its size alone. The backbones are alike, but each
    has weights of its own, which start from the same pretrained ones where
    the backbone's config names some.

    The image is resized after it was normalized, and bilinearly; a scale of
    1 hands it on as it is. Sizes are rounded to the nearest pixel, halves
    up, as mmcv does.

    Args:
        backbone: Config of the backbone, built once for each scale. Its
            levels are the head's input paths: first all levels at the first
            scale, then all at the second, and so on.
        scales: Sizes of the image that the backbones read, as multiples of
            the given size.
        align_corners: Whether the corner pixels of the images lie on each
            other when the image is resized. Default: False, as in the data
            pipeline.
        init_cfg: Initialisation of all backbones; None leaves it to the
            ``init_cfg`` of ``backbone``. Default: None.

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
            levels = backbone(self._resize(x, scale))
            # A backbone of a single level may hand it over by itself.
            paths.extend([levels] if isinstance(levels, Tensor) else levels)
        return tuple(paths)

    def _resize(self, x: Tensor, scale: float) -> Tensor:
        height, width = x.shape[2:]
        size = (scaled_length(height, scale), scaled_length(width, scale))
        if size == (height, width):
            return x
        return F.interpolate(
            x, size, mode='bilinear', align_corners=self.align_corners
        )


def scaled_length(length: int, scale: float) -> int:
    """Give the edge length of a resized image, at least 1 pixel.

    Args:
        length: Edge length of the image, in pixels.
        scale: What to multiply it by.
    """
    # In whole numbers, which exporters follow to other lengths: they take a
    # length that went through a floating-point number for a constant.
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
    wrong = [
        scale
        for scale in scales
        if isinstance(scale, bool)
        or not isinstance(scale, Real)
        or not 0 < scale < math.inf
    ]
    if wrong:
        raise ValueError(
            'scales are multiples of the size of the image, such as 0.6 or '
            f'1.2, got {wrong} in scales={list(scales)}'
        )

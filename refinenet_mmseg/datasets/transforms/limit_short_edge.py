from mmcv.transforms import BaseTransform
from mmseg.registry import TRANSFORMS


@TRANSFORMS.register_module()
class LimitShortEdge(BaseTransform):
    """Resize an image whose short edge is below or above the limits.

    Source: RefineNet's released code, before the random scale of training and
    the several scales of testing. mmseg's and mmcv's transforms resize every
    image. A label map is resized, too.

    Args:
        minimum: Shortest short edge, in pixels.
        maximum: Longest short edge, in pixels.

    Raises:
        ValueError: If not 0 < minimum <= maximum.
    """

    def __init__(self, minimum: int, maximum: int) -> None:
        super().__init__()
        if not 0 < minimum <= maximum:
            raise ValueError(
                'the limits of the short edge must be 0 < minimum <= maximum, '
                f'got minimum={minimum} and maximum={maximum}'
            )
        self.minimum = minimum
        self.maximum = maximum
        self._resize = TRANSFORMS.build(dict(type='Resize', scale=(1, 1)))

    def transform(self, results: dict) -> dict:
        """Resize an image outside the limits, keeping its aspect ratio.

        Args:
            results: Results of the pipeline so far; ``img`` of shape
                (H, W, C).
        """
        height, width = results['img'].shape[:2]
        short = min(height, width)
        limited = min(max(short, self.minimum), self.maximum)
        if limited == short:
            return results
        # Exact sizes: mmcv's own rounding may miss the limit by a pixel.
        self._resize.scale = (
            round(width * limited / short),
            round(height * limited / short),
        )
        return self._resize(results)

    def __repr__(self) -> str:
        return (
            f'{type(self).__name__}(minimum={self.minimum}, '
            f'maximum={self.maximum})'
        )

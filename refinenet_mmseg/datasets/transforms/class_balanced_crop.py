import numpy as np
from mmcv.transforms.utils import cache_randomness
from mmseg.datasets.transforms import RandomCrop
from mmseg.registry import TRANSFORMS

from ...images import IGNORED_LABEL


@TRANSFORMS.register_module()
class ClassBalancedCrop(RandomCrop):
    """Crop around a random pixel of a random class of the image.

    Source: RefineNet's released code. Every class of an image is as likely
    as the others, however small its area. The crop is centered on the pixel,
    then moved inside the image; along an edge on which the image is smaller,
    it is the whole image, and the data preprocessor pads it. An image
    without any class is cropped anywhere.

    Args:
        crop_size: Height and width in pixels, or one number for both.
        ignore_index: Label value that is no class. Default: 255.
    """

    def __init__(
        self,
        crop_size: int | tuple[int, int],
        ignore_index: int = IGNORED_LABEL,
    ) -> None:
        super().__init__(crop_size, ignore_index=ignore_index)

    @cache_randomness
    def crop_bbox(self, results: dict) -> tuple[int, int, int, int]:
        """Choose the region to crop.

        Args:
            results: Results of the pipeline so far; ``gt_seg_map`` of shape
                (H, W).

        Returns:
            First row, row after the last, first column, column after the
            last.

        Raises:
            KeyError: If no label map was loaded.
        """
        if 'gt_seg_map' not in results:
            raise KeyError(
                f'{type(self).__name__} chooses crops by their labels, but '
                f'{results.get("img_path", "the image")} has no gt_seg_map; '
                'put LoadAnnotations before it'
            )
        labels = results['gt_seg_map']  # (H, W)
        # Faster than numpy.unique, which sorts all the pixels.
        classes = np.flatnonzero(np.bincount(labels.ravel()))
        classes = classes[classes != self.ignore_index]
        if not len(classes):
            return super().crop_bbox(results)
        chosen = np.flatnonzero(labels == np.random.choice(classes))
        pixel = np.unravel_index(np.random.choice(chosen), labels.shape)
        top, left = (
            int(np.clip(center - size // 2, 0, max(edge - size, 0)))
            for center, size, edge in zip(
                pixel, self.crop_size, labels.shape, strict=True
            )
        )
        return top, top + self.crop_size[0], left, left + self.crop_size[1]

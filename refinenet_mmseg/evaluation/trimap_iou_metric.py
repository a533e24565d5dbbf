from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from mmengine.evaluator import BaseMetric
from mmseg.registry import METRICS

from ..images import IGNORED_LABEL

# OpenCV computes distances in single precision. They are roots of integers,
# which are further apart than this up to a width of 50 pixels.
TOLERANCE = 0.01
MAX_WIDTH = 50


@METRICS.register_module()
class TrimapIoUMetric(BaseMetric):
    """Compute the mIoU within a few pixels of the true label boundaries.

    This is the trimap evaluation of Kohli et al., "Robust Higher Order
    Potentials for Enforcing Label Consistency", IJCV 2009, used in bands of
    several widths by Kraehenbuehl and Koltun, "Efficient Inference in Fully
    Connected CRFs with Gaussian Edge Potentials", NIPS 2011, and by DeepLab
    (Chen et al., TPAMI 2018). It is not the Boundary IoU of Cheng et al.,
    CVPR 2021, whose bands follow the prediction as well.

    A boundary runs between two pixels that share an edge and have different
    labels. The distance of both from the boundary is 1 pixel; that of any
    other pixel is 1 plus its Euclidean distance to the nearest of them, so
    that the bands of slanted boundaries are as wide as those of straight
    ones. A band includes all narrower ones. As in mmseg's ``IoUMetric``, the
    IoU of a class is computed over the pixels of all images together. The
    border of an image is not a boundary.

    Ignored pixels are never measured. By default, there is no boundary
    between them and a class: they hide the true labels, and their outline is
    often ragged or generous. PASCAL VOC draws them along every boundary;
    there, ``ignored_boundaries=True`` makes bands around them, as DeepLab
    did.

    The results are named ``boundary_mIoU_1px`` and so on, in percent; NaN if
    a band is empty.

    Args:
        widths: Widths of the bands in pixels. Default: (1, 2, 4, 8).
        ignore_index: Label that is not measured. Default: 255.
        ignored_boundaries: Whether ignored regions have boundaries. Default:
            False.
        kwargs: Arguments of mmengine's ``BaseMetric``.

    Raises:
        ValueError: If ``widths`` is empty, or a width is not an integer from
            1 to 50.
    """

    def __init__(
        self,
        widths: Sequence[int] = (1, 2, 4, 8),
        ignore_index: int = IGNORED_LABEL,
        ignored_boundaries: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if not widths:
            raise ValueError('widths is empty: name at least one, in pixels')
        for width in widths:
            if not isinstance(width, int) or not 1 <= width <= MAX_WIDTH:
                raise ValueError(
                    'widths must be whole numbers of pixels from 1 to '
                    f'{MAX_WIDTH}, got {width!r}'
                )
        self.widths = sorted(set(widths))
        self.ignore_index = ignore_index
        self.ignored_boundaries = ignored_boundaries

    def process(
        self, data_batch: Any, data_samples: Sequence[dict[str, Any]]
    ) -> None:
        """Count the pixels of a batch.

        Args:
            data_batch: The inputs of the model.
            data_samples: Predictions and truths of shape ``(1, H, W)``.
        """
        num_classes = len(self.dataset_meta['classes'])
        for sample in data_samples:
            prediction, truth = (
                sample[key]['data'].squeeze(0).cpu().numpy()
                for key in ('pred_sem_seg', 'gt_sem_seg')
            )
            self.results.append(
                self._count_pixels(prediction, truth, num_classes)
            )

    def compute_metrics(self, results: list[np.ndarray]) -> dict[str, float]:
        """Compute the mIoU of each band.

        Args:
            results: The pixels of each image, of shape
                ``(widths, 3, classes)``.
        """
        # (images, widths, 3, classes) to three of (widths, classes)
        intersection, predicted, true = np.sum(results, axis=0).swapaxes(0, 1)
        union = predicted + true - intersection
        iou = np.divide(
            intersection,
            union,
            out=np.full(union.shape, np.nan),
            where=union > 0,
        )
        metrics = {}
        for width, class_iou in zip(self.widths, iou, strict=True):
            present = class_iou[~np.isnan(class_iou)]
            mean = 100 * present.mean() if present.size else np.nan
            metrics[f'boundary_mIoU_{width}px'] = round(float(mean), 2)
        return metrics

    def _count_pixels(
        self, prediction: np.ndarray, truth: np.ndarray, num_classes: int
    ) -> np.ndarray:
        """Count the pixels of intersection, prediction and truth in each band.

        Returns:
            Counts of shape ``(widths, 3, classes)``.
        """
        limits = np.array(self.widths) + TOLERANCE
        distance = self._compute_distance(truth)
        measured = (distance <= limits[-1]) & (truth != self.ignore_index)
        prediction, truth = prediction[measured], truth[measured]
        # Index of the narrowest band that a pixel is in
        band = np.digitize(distance[measured], limits, right=True)
        correct = prediction == truth
        counts = np.stack(
            [
                _count_labels(bands, labels, len(limits), num_classes)
                for bands, labels in (
                    (band[correct], truth[correct]),
                    (band, prediction),
                    (band, truth),
                )
            ],
            axis=1,
        )
        # A band includes the narrower ones.
        return counts.cumsum(axis=0)

    def _compute_distance(self, truth: np.ndarray) -> np.ndarray:
        """Compute the distance of each pixel from the nearest boundary.

        Returns:
            Distances of shape ``(H, W)``, 1 on either side of a boundary;
            infinite if there is no boundary.
        """
        beside = np.zeros(truth.shape, bool)
        for labels, side in ((truth, beside), (truth.T, beside.T)):
            first, second = labels[:-1], labels[1:]
            differ = first != second
            if not self.ignored_boundaries:
                differ &= first != self.ignore_index
                differ &= second != self.ignore_index
            side[:-1] |= differ
            side[1:] |= differ
        if not beside.any():
            return np.full(truth.shape, np.inf)
        return 1 + cv2.distanceTransform(
            (~beside).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE
        )


def _count_labels(
    bands: np.ndarray, labels: np.ndarray, num_bands: int, num_classes: int
) -> np.ndarray:
    """Count the pixels of each class in each band.

    Returns:
        Counts of shape ``(bands, classes)``, without labels of no class.
    """
    known = (labels >= 0) & (labels < num_classes)
    indices = bands[known] * num_classes + labels[known]
    counts = np.bincount(indices, minlength=num_bands * num_classes)
    return counts.reshape(num_bands, num_classes)

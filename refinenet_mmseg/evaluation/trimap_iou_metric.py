from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from mmengine.evaluator import BaseMetric
from mmseg.registry import METRICS

# Distances are roots of integers, which are further apart than this for any
# width below 50 pixels; OpenCV computes them in single precision.
TOLERANCE = 0.01
MAX_WIDTH = 50


@METRICS.register_module()
class TrimapIoUMetric(BaseMetric):
    """mIoU within a few pixels of the label boundaries of the truth.

    The trimap of Kohli et al., "Robust Higher Order Potentials for Enforcing
    Label Consistency", IJCV 2009, which Kraehenbuehl and Koltun,
    "Efficient Inference in Fully Connected CRFs with Gaussian Edge
    Potentials", NIPS 2011, and DeepLab (Chen et al., TPAMI 2018)
    measure in bands of several widths. Not the Boundary IoU of
    Cheng et al., CVPR 2021, whose bands follow the prediction as well.

    A boundary runs between two pixels that share an edge and have different
    labels. Both are one pixel from it; any other pixel is one more than its
    Euclidean distance to the nearest of them, so that slanted boundaries have
    bands as wide as straight ones. Bands include narrower ones. The IoU of a
    class is that of all images' pixels of the band together, as mmseg's
    IoUMetric computes it over whole images; the image's border is no boundary.

    Ignored pixels are never measured. Where they meet a class, there is no
    boundary by default: they hide what is there, and often have a ragged or
    generous outline. PASCAL VOC draws them over each boundary; there,
    ``ignored_boundaries`` makes bands around them, as DeepLab did.

    Reports ``boundary_mIoU_1px`` and so on, in percent; NaN where a band is
    empty.

    Args:
        widths: Widths of the bands, in pixels. Default: 1, 2, 4 and 8.
        ignore_index: Label that is not measured. Default: 255.
        ignored_boundaries: Whether ignored regions have boundaries. Default:
            False.
        kwargs: As mmengine's ``BaseMetric``.

    Raises:
        ValueError: If a width is not a whole number from 1 to 50, or there is
            none.
    """

    def __init__(
        self,
        widths: Sequence[int] = (1, 2, 4, 8),
        ignore_index: int = 255,
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
            data_batch: Not used.
            data_samples: Predictions and truths, of shape (1, H, W).
        """
        num_classes = len(self.dataset_meta['classes'])
        for sample in data_samples:
            prediction, truth = (
                sample[key]['data'].squeeze(0).cpu().numpy()
                for key in ('pred_sem_seg', 'gt_sem_seg')
            )
            self.results.append(self._areas(prediction, truth, num_classes))

    def compute_metrics(self, results: list[np.ndarray]) -> dict[str, float]:
        """Compute the mIoU of each band.

        Args:
            results: For each image, the areas of :meth:`process`.
        """
        intersection, predicted, true = np.sum(results, axis=0).swapaxes(0, 1)
        union = predicted + true - intersection
        iou = np.divide(
            intersection,
            union,
            out=np.full(union.shape, np.nan),
            where=union > 0,
        )
        metrics = {}
        for width, of_classes in zip(self.widths, iou, strict=True):
            present = of_classes[~np.isnan(of_classes)]
            mean = 100 * present.mean() if present.size else np.nan
            metrics[f'boundary_mIoU_{width}px'] = round(float(mean), 2)
        return metrics

    def _areas(
        self, prediction: np.ndarray, truth: np.ndarray, num_classes: int
    ) -> np.ndarray:
        """Count intersections, predictions and truths in each band.

        Returns:
            Pixels, of shape (widths, 3, classes).
        """
        limits = np.array(self.widths) + TOLERANCE
        distance = self._distance(truth)
        measured = (distance <= limits[-1]) & (truth != self.ignore_index)
        prediction, truth = prediction[measured], truth[measured]
        narrowest = np.digitize(distance[measured], limits, right=True)
        correct = prediction == truth
        areas = np.stack(
            [
                _count(bands, labels, len(limits), num_classes)
                for bands, labels in (
                    (narrowest[correct], truth[correct]),
                    (narrowest, prediction),
                    (narrowest, truth),
                )
            ],
            axis=1,
        )
        return areas.cumsum(axis=0)

    def _distance(self, truth: np.ndarray) -> np.ndarray:
        """Measure how far each pixel is from the nearest boundary.

        Returns:
            Pixels, 1 on either side of a boundary, of shape (H, W); infinite
            where there is no boundary.
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


def _count(
    bands: np.ndarray, labels: np.ndarray, num_bands: int, num_classes: int
) -> np.ndarray:
    """Count the labels in each band; labels of no class are left out."""
    known = (labels >= 0) & (labels < num_classes)
    places = bands[known] * num_classes + labels[known]
    counts = np.bincount(places, minlength=num_bands * num_classes)
    return counts.reshape(num_bands, num_classes)

"""Class weights of a loss, from how often the classes occur."""

from collections.abc import Sequence

import numpy as np


def median_frequency_weights(
    pixels: Sequence[int] | np.ndarray, areas: Sequence[int] | np.ndarray
) -> list[float]:
    """Weigh rare classes up and common ones down.

    Median frequency balancing of Eigen, Fergus, "Predicting depth, surface
    normals and semantic labels with a common multi-scale convolutional
    architecture", ICCV 2015, section 5.3, which Badrinarayanan, Kendall,
    Cipolla, "SegNet", 2017, use for CamVid::

        weight(c) = median over classes of frequency / frequency(c)
        frequency(c) = pixels of c / pixels of the images in which c occurs

    Args:
        pixels: Pixels of each class.
        areas: Pixels, ignored ones included, of the images in which each
            class occurs.

    Returns:
        A weight for each class, to four digits; 1 for classes that never
        occur, which the median leaves out.
    """
    counts = np.asarray(pixels, float)
    frequencies = counts / np.maximum(areas, 1)
    occurs = counts > 0
    weights = np.ones(len(counts))
    if occurs.any():
        median = np.median(frequencies[occurs])
        weights[occurs] = median / frequencies[occurs]
    return [float(f'{weight:.4g}') for weight in weights]
